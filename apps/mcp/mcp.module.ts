import { type DynamicModule, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { CallToolHandler, HOUSE, type House } from '#calls';

@Module({})
class McpModule {}

/** The facade: the CommandBus with the one handler of calls. The endpoint itself is plain middleware (main.ts). */
export function mcpModule(house: House): DynamicModule {
  return { module: McpModule, imports: [CqrsModule.forRoot()], providers: [{ provide: HOUSE, useValue: house }, CallToolHandler] };
}
