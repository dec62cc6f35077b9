import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Refusal } from '#kernel';
import type { Requester } from '../control-record.ts';
import { createExport, type ExportHouse } from './create-export.ts';

export const EXPORTS = Symbol('ExportHouse');

export class CreateExport extends Command<{ exportId: string } | Refusal> {
  constructor(
    readonly organization: string,
    readonly requester: Requester,
    /** As the client sent it. */
    readonly body: unknown,
  ) {
    super();
  }
}

@CommandHandler(CreateExport)
export class CreateExportHandler implements ICommandHandler<CreateExport> {
  constructor(@Inject(EXPORTS) private readonly house: ExportHouse) {}

  execute({ organization, requester, body }: CreateExport): Promise<{ exportId: string } | Refusal> {
    return createExport(this.house, organization, requester, body);
  }
}
