import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query, UseGuards } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import {
  Administer,
  changeMember,
  invitationForm,
  inviteMember,
  listMembers,
  memberForm,
  onlyItem,
  type Principal,
  pageQuery,
  removeMember,
  withdrawInvitation,
} from '#identity';
import { bodyOf } from './body.ts';
import { GOVERNANCE, type GovernanceHouse } from './house.ts';
import { Asking, KeyGuard, Needs } from './key.guard.ts';
import { orNotFound, orRefused } from './problem.ts';

const ONE = { after: null, limit: 1 };

/** Who belongs to the organisation, and who is asked to. */
@Controller('api/v1/members')
@UseGuards(KeyGuard)
export class MembersController {
  constructor(
    @Inject(GOVERNANCE) private readonly house: GovernanceHouse,
    private readonly commands: CommandBus,
  ) {}

  @Get()
  @Needs('governance:admin')
  list(@Asking() principal: Principal, @Query() query: unknown) {
    return listMembers(principal, orRefused(pageQuery(query)), this.house.administration);
  }

  @Get(':id')
  @Needs('governance:admin')
  async one(@Asking() principal: Principal, @Param('id') id: string) {
    return orNotFound(onlyItem(await listMembers(principal, ONE, this.house.administration, id)));
  }

  /** The link is said here and never again; there is no mail to send it by. */
  @Post()
  @Needs('governance:admin')
  async invite(@Asking() principal: Principal, @Body() body: unknown) {
    const { token, ...invitation } = orRefused(await this.commands.execute(new Administer(principal, inviteMember(orRefused(bodyOf(invitationForm, body))))));
    return { ...invitation, status: 'invited', token, link: `${this.house.consoleUrl}/invitation#${token}` };
  }

  @Patch(':userId')
  @Needs('self')
  async change(@Asking() principal: Principal, @Param('userId') userId: string, @Body() body: unknown) {
    orRefused(await this.commands.execute(new Administer(principal, changeMember(userId, orRefused(bodyOf(memberForm, body))))));
    return orNotFound(onlyItem(await listMembers(principal, ONE, this.house.administration, userId)));
  }

  /** Ends a membership, or withdraws an invitation that was not answered. */
  @Delete(':id')
  @HttpCode(204)
  @Needs('governance:admin')
  async remove(@Asking() principal: Principal, @Param('id') id: string) {
    const act = id.startsWith('inv_') ? withdrawInvitation(id) : removeMember(id);
    orRefused(await this.commands.execute(new Administer(principal, act)));
  }
}
