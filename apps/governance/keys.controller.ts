import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query, UseGuards } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Administer, editKey, endKey, keyEditForm, keyForm, listKeys, makeKey, onlyItem, type Principal, pageQuery } from '#identity';
import { bodyOf } from './body.ts';
import { GOVERNANCE, type GovernanceHouse } from './house.ts';
import { Asking, KeyGuard, Needs } from './key.guard.ts';
import { orNotFound, orRefused } from './problem.ts';

const ONE = { after: null, limit: 1 };

/** Access keys: one's own, and for administrators everyone's. A secret is said once, when its key is made. */
@Controller('api/v1/keys')
@UseGuards(KeyGuard)
export class KeysController {
  constructor(
    @Inject(GOVERNANCE) private readonly house: GovernanceHouse,
    private readonly commands: CommandBus,
  ) {}

  @Get()
  @Needs('self')
  list(@Asking() principal: Principal, @Query() query: unknown) {
    return listKeys(principal, orRefused(pageQuery(query)), this.house.administration);
  }

  @Get(':keyId')
  @Needs('self')
  async one(@Asking() principal: Principal, @Param('keyId') keyId: string) {
    return orNotFound(onlyItem(await listKeys(principal, ONE, this.house.administration, keyId)));
  }

  @Post()
  @Needs('self')
  async create(@Asking() principal: Principal, @Body() body: unknown) {
    return orRefused(await this.commands.execute(new Administer(principal, makeKey(orRefused(bodyOf(keyForm, body))))));
  }

  @Patch(':keyId')
  @Needs('self')
  async edit(@Asking() principal: Principal, @Param('keyId') keyId: string, @Body() body: unknown) {
    orRefused(await this.commands.execute(new Administer(principal, editKey(keyId, orRefused(bodyOf(keyEditForm, body))))));
    return this.one(principal, keyId);
  }

  @Delete(':keyId')
  @HttpCode(204)
  @Needs('self')
  async revoke(@Asking() principal: Principal, @Param('keyId') keyId: string) {
    orRefused(await this.commands.execute(new Administer(principal, endKey(keyId))));
  }
}
