import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Call, CallAnswer } from './call.ts';
import { callTool, type House } from './call-tool.ts';

export const HOUSE = Symbol('House');

export class CallTool extends Command<CallAnswer> {
  constructor(readonly call: Call) {
    super();
  }
}

@CommandHandler(CallTool)
export class CallToolHandler implements ICommandHandler<CallTool> {
  constructor(@Inject(HOUSE) private readonly house: House) {}

  execute({ call }: CallTool): Promise<CallAnswer> {
    return callTool(call, this.house);
  }
}
