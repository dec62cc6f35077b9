import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { Request } from 'express';
import { AcceptInvitation, acceptanceForm } from '#identity';
import { bodyOf } from './body.ts';
import { orRefused, Refused } from './problem.ts';
import { foreignOrigin } from './same-origin.ts';

/** Becoming a member. Whoever asks has no credential but the link's secret. */
@Controller('api/v1/invitations')
export class InvitationsController {
  constructor(private readonly commands: CommandBus) {}

  @Post('accept')
  @HttpCode(200)
  async accept(@Body() body: unknown, @Req() request: Request) {
    const foreign = foreignOrigin(request);
    if (foreign !== null) throw new Refused(foreign);
    return orRefused(await this.commands.execute(new AcceptInvitation(orRefused(bodyOf(acceptanceForm, body)), request.socket.remoteAddress ?? '')));
  }
}
