import { Body, Controller, Get, Inject, Put, UseGuards } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Administer, type Principal, readSettingsOf, setOrganization, settingsForm } from '#identity';
import { bodyOf } from './body.ts';
import { GOVERNANCE, type GovernanceHouse } from './house.ts';
import { Asking, KeyGuard, Needs } from './key.guard.ts';
import { orRefused } from './problem.ts';

/** What an organisation sets beside its policy: its name, and who may make keys. */
@Controller('api/v1/settings')
@UseGuards(KeyGuard)
export class SettingsController {
  constructor(
    @Inject(GOVERNANCE) private readonly house: GovernanceHouse,
    private readonly commands: CommandBus,
  ) {}

  @Get()
  @Needs('governance:admin')
  read(@Asking() principal: Principal) {
    return readSettingsOf(principal, this.house.administration);
  }

  @Put()
  @Needs('governance:admin')
  async set(@Asking() principal: Principal, @Body() body: unknown) {
    return orRefused(await this.commands.execute(new Administer(principal, setOrganization(orRefused(bodyOf(settingsForm, body))))));
  }
}
