import { createReadStream } from 'node:fs';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, StreamableFile, UseGuards } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { CreateExport, openExport, readExport } from '#evidence';
import type { Principal } from '#identity';
import { GOVERNANCE, type GovernanceHouse } from './house.ts';
import { Asking, KeyGuard, Needs } from './key.guard.ts';
import { orRefused } from './problem.ts';
import { requesterOf } from './requester.ts';

@Controller('api/v1/exports')
@UseGuards(KeyGuard)
export class ExportsController {
  constructor(
    @Inject(GOVERNANCE) private readonly house: GovernanceHouse,
    private readonly commands: CommandBus,
  ) {}

  @Post()
  @HttpCode(202)
  @Needs('governance:export')
  async create(@Asking() principal: Principal, @Body() body: unknown) {
    return orRefused(await this.commands.execute(new CreateExport(principal.caller.organization, requesterOf(principal), body)));
  }

  @Get(':exportId')
  @Needs('governance:export')
  async status(@Asking() { caller }: Principal, @Param('exportId') exportId: string) {
    return orRefused(await readExport(this.house.exports, caller.organization, exportId));
  }

  @Get(':exportId/bundle')
  @Needs('governance:export')
  async bundle(@Asking() principal: Principal, @Param('exportId') exportId: string) {
    const { path, bytes } = orRefused(await openExport(this.house.exports, principal.caller.organization, requesterOf(principal), exportId));
    return new StreamableFile(createReadStream(path), { type: 'application/zip', length: bytes, disposition: `attachment; filename="${exportId}.zip"` });
  }
}
