import { Controller, Get, Query, UseGuards } from '@nestjs/common';
import { pageQuery } from '#identity';
import { KeyGuard, Needs } from './key.guard.ts';
import { orRefused } from './problem.ts';

/** Clients that were authorised. Access keys belong to none. */
@Controller('api/v1/clients')
@UseGuards(KeyGuard)
export class ClientsController {
  @Get()
  @Needs('self')
  list(@Query() query: unknown) {
    orRefused(pageQuery(query));
    return { items: [], nextCursor: null };
  }
}
