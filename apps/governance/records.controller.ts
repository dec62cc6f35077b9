import { Controller, Get, Inject, Param, Query, UseGuards } from '@nestjs/common';
import { listAudit, listEvidence, listGroups, type Parameters, readGroup, readProof, readRecord } from '#evidence';
import type { Principal } from '#identity';
import { GOVERNANCE, type GovernanceHouse } from './house.ts';
import { Asking, KeyGuard, Needs } from './key.guard.ts';
import { orRefused } from './problem.ts';

/** What agents did: groups, evidence, every call. */
@Controller('api/v1')
@UseGuards(KeyGuard)
export class RecordsController {
  constructor(@Inject(GOVERNANCE) private readonly house: GovernanceHouse) {}

  @Get('correlations')
  @Needs('governance:read')
  async correlations(@Asking() { caller }: Principal, @Query() query: Parameters) {
    return orRefused(await listGroups(this.house, caller.organization, query));
  }

  @Get('correlations/:id')
  @Needs('governance:read')
  async correlation(@Asking() { caller }: Principal, @Param('id') id: string, @Query() query: Parameters) {
    return orRefused(await readGroup(this.house, caller.organization, id, query));
  }

  @Get('evidence')
  @Needs('governance:read')
  async evidence(@Asking() { caller }: Principal, @Query() query: Parameters) {
    return orRefused(await listEvidence(this.house, caller.organization, query));
  }

  @Get('evidence/:recordId')
  @Needs('governance:read')
  async record(@Asking() { caller }: Principal, @Param('recordId') recordId: string) {
    return orRefused(await readRecord(this.house, caller.organization, recordId));
  }

  @Get('evidence/:recordId/proof')
  @Needs('governance:read')
  async proof(@Asking() { caller }: Principal, @Param('recordId') recordId: string) {
    return orRefused(await readProof(this.house, caller.organization, recordId));
  }

  @Get('audit')
  @Needs('governance:read')
  async audit(@Asking() { caller }: Principal, @Query() query: Parameters) {
    return orRefused(await listAudit(this.house, caller.organization, query));
  }
}
