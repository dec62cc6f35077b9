import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Refusal } from '#kernel';
import type { Requester } from '../control-record.ts';
import { type PolicyHouse, type PolicyItem, savePolicy } from './change-policy.ts';

export const POLICIES = Symbol('PolicyHouse');

export class ChangePolicy extends Command<PolicyItem | Refusal> {
  constructor(
    readonly organization: string,
    readonly requester: Requester,
    /** As the client sent it. */
    readonly body: unknown,
  ) {
    super();
  }
}

@CommandHandler(ChangePolicy)
export class ChangePolicyHandler implements ICommandHandler<ChangePolicy> {
  constructor(@Inject(POLICIES) private readonly house: PolicyHouse) {}

  execute({ organization, requester, body }: ChangePolicy): Promise<PolicyItem | Refusal> {
    return savePolicy(this.house, organization, requester, body);
  }
}
