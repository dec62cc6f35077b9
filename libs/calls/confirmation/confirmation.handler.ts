import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Refusal } from '#kernel';
import { HOUSE } from '../call-tool.handler.ts';
import type { House } from '../call-tool.ts';
import type { Confirmation } from '../streams.ts';
import { answerConfirmation, type Person, showConfirmation } from './answer.ts';

/** Gives the confirmation, and records that this person looked at it. */
export class ShowConfirmation extends Command<Confirmation | Refusal | null> {
  constructor(
    readonly confirmationId: string,
    readonly person: Person,
  ) {
    super();
  }
}

@CommandHandler(ShowConfirmation)
export class ShowConfirmationHandler implements ICommandHandler<ShowConfirmation> {
  constructor(@Inject(HOUSE) private readonly house: House) {}

  execute({ confirmationId, person }: ShowConfirmation): Promise<Confirmation | Refusal | null> {
    return showConfirmation(confirmationId, person, this.house);
  }
}

/** Sent by our page alone, for somebody who is signed in there. */
export class AnswerConfirmation extends Command<Confirmation | Refusal | null> {
  constructor(
    readonly confirmationId: string,
    readonly answer: 'grant' | 'deny',
    readonly person: Person,
  ) {
    super();
  }
}

@CommandHandler(AnswerConfirmation)
export class AnswerConfirmationHandler implements ICommandHandler<AnswerConfirmation> {
  constructor(@Inject(HOUSE) private readonly house: House) {}

  execute({ confirmationId, answer, person }: AnswerConfirmation): Promise<Confirmation | Refusal | null> {
    return answerConfirmation(confirmationId, answer, person, this.house);
  }
}
