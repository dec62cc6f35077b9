import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query, UseGuards } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { z } from 'zod';
import { createSite, nameProblem, siteStream } from '#content';
import { factsOf } from '#event-store';
import {
  type Act,
  Administer,
  acceptSiteRole,
  addSite,
  endSiteRole,
  grantSiteRoles,
  listSiteMembers,
  listSites,
  onlyItem,
  type Principal,
  pageQuery,
  siteForm,
  siteMembersForm,
  switchSite,
} from '#identity';
import { newId } from '#kernel';
import { decidedOn } from '#tools';
import { bodyOf } from './body.ts';
import { GOVERNANCE, type GovernanceHouse } from './house.ts';
import { Asking, KeyGuard, Needs } from './key.guard.ts';
import { orNotFound, orRefused } from './problem.ts';

const ONE = { after: null, limit: 1 };
const newSiteForm = z.strictObject({ name: z.string().refine((name) => nameProblem(name) === null, 'is no name for a site') });

/** Sites, their switches, and who has which role in them. Their content is read and written over MCP. */
@Controller('api/v1/sites')
@UseGuards(KeyGuard)
export class SitesController {
  constructor(
    @Inject(GOVERNANCE) private readonly house: GovernanceHouse,
    private readonly commands: CommandBus,
  ) {}

  @Get()
  @Needs('self')
  list(@Asking() principal: Principal, @Query() query: unknown) {
    return listSites(principal, orRefused(pageQuery(query)), this.house.administration);
  }

  @Post()
  @Needs('governance:admin')
  async create(@Asking() principal: Principal, @Body() body: unknown) {
    const { name } = orRefused(bodyOf(newSiteForm, body));
    const siteId = newId('site', this.house.random);
    const begun = decidedOn(siteStream, { id: siteId, revision: 0 }, createSite({ siteId, name }));
    await this.act(
      principal,
      addSite(siteId, ({ keys }, means) => factsOf(begun, { vaultKey: keys.vault, ...means })),
    );
    return this.one(principal, siteId);
  }

  @Get(':siteId')
  @Needs('self')
  async one(@Asking() principal: Principal, @Param('siteId') siteId: string) {
    return orNotFound(onlyItem(await listSites(principal, ONE, this.house.administration, siteId)));
  }

  @Patch(':siteId')
  @Needs('self')
  async change(@Asking() principal: Principal, @Param('siteId') siteId: string, @Body() body: unknown) {
    await this.act(principal, switchSite(siteId, orRefused(bodyOf(siteForm, body))));
    return this.one(principal, siteId);
  }

  @Get(':siteId/members')
  @Needs('self')
  async members(@Asking() principal: Principal, @Param('siteId') siteId: string, @Query() query: unknown) {
    await this.one(principal, siteId);
    return listSiteMembers(principal, siteId, orRefused(pageQuery(query)), this.house.administration);
  }

  /** Up to 25 people at once; a role given again replaces the one before. */
  @Post(':siteId/members')
  @HttpCode(200)
  @Needs('self')
  async grant(@Asking() principal: Principal, @Param('siteId') siteId: string, @Body() body: unknown) {
    await this.act(principal, grantSiteRoles(siteId, orRefused(bodyOf(siteMembersForm, body))));
    return this.members(principal, siteId, {});
  }

  @Delete(':siteId/members/:userId')
  @HttpCode(204)
  @Needs('self')
  async end(@Asking() principal: Principal, @Param('siteId') siteId: string, @Param('userId') userId: string) {
    await this.act(principal, endSiteRole(siteId, userId));
  }

  /** One's own yes to a role in a site that was given by another. */
  @Post(':siteId/accept')
  @HttpCode(204)
  @Needs('self')
  async accept(@Asking() principal: Principal, @Param('siteId') siteId: string) {
    await this.act(principal, acceptSiteRole(siteId));
  }

  private async act(principal: Principal, act: Act<null>): Promise<void> {
    orRefused(await this.commands.execute(new Administer(principal, act)));
  }
}
