import { Body, Controller, Delete, Get, HttpCode, Inject, Post, Put, Req, Res, UseGuards } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { endedSessionCookie, type Principal, passwordForm, sessionCookie, sessionToken } from '#identity';
import { LIMITS, timestamp } from '#kernel';
import { bodyOf } from './body.ts';
import { GOVERNANCE, type GovernanceHouse } from './house.ts';
import { Asking, KeyGuard, Needs } from './key.guard.ts';
import { orRefused, Refused } from './problem.ts';
import { foreignOrigin } from './same-origin.ts';

const credentials = z.strictObject({
  email: z.string().min(1).max(LIMITS.emailCharacters),
  password: z.string().min(1).max(LIMITS.passwordCharactersMost),
  organizationId: z.string().max(LIMITS.argumentCharacters).optional(),
});

/** Signing in to the console with a password. */
@Controller('api/v1/session')
export class SessionController {
  constructor(@Inject(GOVERNANCE) private readonly house: GovernanceHouse) {}

  @Post()
  async signIn(@Body() body: unknown, @Req() request: Request, @Res({ passthrough: true }) response: Response) {
    const foreign = foreignOrigin(request);
    if (foreign !== null) throw new Refused(foreign);
    const { email, password, organizationId = null } = orRefused(bodyOf(credentials, body));
    const source = request.socket.remoteAddress ?? '';
    const { token, principal } = orRefused(await this.house.sessions.signIn({ email, password, organizationId, source, app: 'console' }));
    response.setHeader('set-cookie', sessionCookie('console', token, this.house.secureCookies));
    return this.shown(principal);
  }

  @Get()
  @UseGuards(KeyGuard)
  @Needs('self')
  who(@Asking() principal: Principal) {
    return this.shown(principal);
  }

  @Delete()
  @HttpCode(204)
  @UseGuards(KeyGuard)
  @Needs('self')
  async signOut(@Req() request: Request, @Res({ passthrough: true }) response: Response) {
    await this.house.sessions.signOut(sessionToken(request.headers.cookie, 'console') ?? '');
    response.setHeader('set-cookie', endedSessionCookie('console', this.house.secureCookies));
  }

  /** The person's own password. Every session ends with the old one. */
  @Put('password')
  @HttpCode(204)
  @UseGuards(KeyGuard)
  @Needs('self')
  async changePassword(@Asking() principal: Principal, @Body() body: unknown, @Req() request: Request) {
    const { current, password } = orRefused(bodyOf(passwordForm, body));
    orRefused(await this.house.sessions.changePassword(principal, { current, password, source: request.socket.remoteAddress ?? '' }));
  }

  private async shown({ caller, email, role, expiresAt }: Principal) {
    return {
      user: { id: caller.user, email },
      organizationId: caller.organization,
      role,
      organizations: await this.house.sessions.organizationsOf(caller.user),
      expiresAt: expiresAt === null ? null : timestamp(expiresAt),
    };
  }
}
