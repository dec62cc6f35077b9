import { Controller, Get, Header, Inject, Param, Query, StreamableFile, UseGuards } from '@nestjs/common';
import { readCheckpoint, readConsistency, readTilePath, readTrust } from '#evidence';
import type { Principal } from '#identity';
import { GOVERNANCE, type GovernanceHouse } from './house.ts';
import { Asking, KeyGuard, Needs } from './key.guard.ts';
import { orRefused } from './problem.ts';

/** The organisation's log in C2SP form, and what a verifier must pin. */
@Controller('api/v1/log')
@UseGuards(KeyGuard)
export class LogController {
  constructor(@Inject(GOVERNANCE) private readonly house: GovernanceHouse) {}

  @Get('checkpoint')
  @Needs('governance:read')
  @Header('content-type', 'text/plain; charset=utf-8')
  @Header('cache-control', 'no-cache')
  async checkpoint(@Asking() { caller }: Principal) {
    return orRefused(await readCheckpoint(this.house, caller.organization));
  }

  @Get('tile/*path')
  @Needs('governance:read')
  async tile(@Asking() { caller }: Principal, @Param('path') path: string | readonly string[]) {
    const tile = orRefused(await readTilePath(this.house, caller.organization, `tile/${typeof path === 'string' ? path : path.join('/')}`));
    return new StreamableFile(tile, { type: 'application/octet-stream', length: tile.length });
  }

  @Get('trust')
  @Needs('governance:read')
  trust(@Asking() { caller }: Principal) {
    return readTrust(this.house, caller.organization);
  }

  @Get('consistency')
  @Needs('governance:read')
  async consistency(@Asking() { caller }: Principal, @Query('from') from: string, @Query('to') to: string) {
    return orRefused(await readConsistency(this.house, caller.organization, { from: Number(from), to: Number(to) }));
  }
}
