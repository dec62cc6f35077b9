import { Controller, Get, Inject, Query, UseGuards } from '@nestjs/common';
import { listChanges, type Principal, pageQuery } from '#identity';
import { GOVERNANCE, type GovernanceHouse } from './house.ts';
import { Asking, KeyGuard, Needs } from './key.guard.ts';
import { orRefused } from './problem.ts';

/** Who changed what of who may do what: members, keys, sites, settings. Calls stand in /audit. */
@Controller('api/v1/changes')
@UseGuards(KeyGuard)
export class ChangesController {
  constructor(@Inject(GOVERNANCE) private readonly house: GovernanceHouse) {}

  @Get()
  @Needs('governance:read')
  list(@Asking() principal: Principal, @Query() query: unknown) {
    return listChanges(principal, orRefused(pageQuery(query)), this.house.administration);
  }
}
