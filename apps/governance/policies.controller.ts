import { Body, Controller, Get, Inject, Put, Query, UseGuards } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ChangePolicy, getPolicy } from '#evidence';
import { isAdministrator, type Principal } from '#identity';
import { refuse } from '#kernel';
import { GOVERNANCE, type GovernanceHouse } from './house.ts';
import { Asking, KeyGuard, Needs } from './key.guard.ts';
import { orRefused, Refused } from './problem.ts';
import { requesterOf } from './requester.ts';

/** What the organisation allows. Every save is a new version. */
@Controller('api/v1/policies')
@UseGuards(KeyGuard)
export class PoliciesController {
  constructor(
    @Inject(GOVERNANCE) private readonly house: GovernanceHouse,
    private readonly commands: CommandBus,
  ) {}

  @Get()
  @Needs('governance:read')
  async read(@Asking() { caller }: Principal, @Query() { version, ...unknown }: Readonly<Record<string, unknown>>) {
    if (Object.keys(unknown).length > 0 || !(version === undefined || typeof version === 'string'))
      throw new Refused(refuse('invalid_params', 'The only parameter is version, once.'));
    return orRefused(await getPolicy(this.house.policies, caller.organization, version));
  }

  @Put()
  @Needs('governance:admin')
  async save(@Asking() principal: Principal, @Body() body: unknown) {
    if (!isAdministrator(principal.role)) throw new Refused(refuse('permission_denied', 'Only owners and admins of the organisation change its policy.'));
    return orRefused(await this.commands.execute(new ChangePolicy(principal.caller.organization, requesterOf(principal), body)));
  }
}
