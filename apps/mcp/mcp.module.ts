import { type DynamicModule, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AnswerConfirmationHandler, CallToolHandler, HOUSE, type House, ShowConfirmationHandler } from '#calls';

@Module({})
class McpModule {}

/** The facade: the CommandBus with the handlers of calls and of what confirms them. Endpoint and pages are plain middleware (main.ts). */
export function mcpModule(house: House): DynamicModule {
  const handlers = [CallToolHandler, ShowConfirmationHandler, AnswerConfirmationHandler];
  return { module: McpModule, imports: [CqrsModule.forRoot()], providers: [{ provide: HOUSE, useValue: house }, ...handlers] };
}
