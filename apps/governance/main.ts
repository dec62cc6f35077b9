import 'reflect-metadata';
import type { Server } from 'node:http';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { LIMITS } from '#kernel';
import { addressOf, drain } from '#platform';
import { governanceModule } from './governance.module.ts';
import type { GovernanceHouse } from './house.ts';

/** Serves the governance API. */
export async function serveGovernance(options: {
  readonly house: GovernanceHouse;
  readonly host: string;
  readonly port: number;
}): Promise<{ readonly url: string; close(): Promise<void> }> {
  const app = await NestFactory.create<NestExpressApplication>(governanceModule(options.house), {
    bodyParser: false,
    logger: ['error', 'warn'],
    abortOnError: false,
  });
  app.useBodyParser('json', { limit: LIMITS.requestBodyBytes });
  const server: Server = app.getHttpServer();
  server.requestTimeout = LIMITS.requestMilliseconds;
  await app.listen(options.port, options.host);
  return { url: addressOf(server), close: () => drain(server) };
}
