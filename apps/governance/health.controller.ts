import { Controller, Get, Inject } from '@nestjs/common';
import { refuse } from '#kernel';
import { GOVERNANCE, type GovernanceHouse } from './house.ts';
import { Refused } from './problem.ts';

@Controller()
export class HealthController {
  constructor(@Inject(GOVERNANCE) private readonly house: GovernanceHouse) {}

  /** The process answers. */
  @Get('healthz')
  live() {
    return { status: 'ok' };
  }

  /** Calls can be answered: the database takes them. */
  @Get('readyz')
  async ready() {
    if (await this.house.ready()) return { status: 'ok' };
    throw new Refused(refuse('unavailable', 'The database cannot be reached now.', { retryAfterSeconds: 2 }));
  }
}
