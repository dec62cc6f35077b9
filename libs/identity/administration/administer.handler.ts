import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { z } from 'zod';
import type { Refusal } from '#kernel';
import type { Principal } from '../principal.ts';
import { type Act, type AdministrationHouse, administer } from './administer.ts';
import type { acceptanceForm } from './forms.ts';
import { type Accepted, acceptInvitation } from './invitations.ts';

export const ADMINISTRATION = Symbol('AdministrationHouse');

/** Somebody changes who may do what: `inviteMember(…)`, `revokeOwnKey(…)` and the like. */
export class Administer<Said> extends Command<Said | Refusal> {
  constructor(
    readonly actor: Principal,
    readonly act: Act<Said>,
  ) {
    super();
  }
}

@CommandHandler(Administer)
export class AdministerHandler implements ICommandHandler<Administer<unknown>> {
  constructor(@Inject(ADMINISTRATION) private readonly house: AdministrationHouse) {}

  execute({ actor, act }: Administer<unknown>): Promise<unknown> {
    return administer(actor, act, this.house);
  }
}

export class AcceptInvitation extends Command<Accepted | Refusal> {
  constructor(
    readonly given: z.infer<typeof acceptanceForm>,
    /** The address that the request came from. */
    readonly source: string,
  ) {
    super();
  }
}

@CommandHandler(AcceptInvitation)
export class AcceptInvitationHandler implements ICommandHandler<AcceptInvitation> {
  constructor(@Inject(ADMINISTRATION) private readonly house: AdministrationHouse) {}

  execute({ given, source }: AcceptInvitation): Promise<Accepted | Refusal> {
    return acceptInvitation(given, source, this.house);
  }
}
