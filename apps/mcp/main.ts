import 'reflect-metadata';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { NestFactory } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import { AnswerConfirmation, CallTool, type House, ShowConfirmation } from '#calls';
import type { KeyUse, Principal } from '#identity';
import { LIMITS } from '#kernel';
import { drain } from '#platform';
import { type EndpointMeans, mcpEndpoint } from './endpoint.ts';
import { mcpModule } from './mcp.module.ts';
import { ownPages, type PagesHouse } from './own-pages.ts';

export type McpOptions = {
  readonly house: House;
  readonly pages: PagesHouse;
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string;
  readonly noteUse: (principal: Principal, use: KeyUse) => void;
  readonly noteDenied: EndpointMeans['noteDenied'];
};

/** Serves the MCP endpoints and our own pages. `close` lets the calls under way end, for a bounded time. */
export async function serveMcp({
  house,
  pages,
  host,
  port,
  publicUrl,
  noteUse,
  noteDenied,
}: McpOptions): Promise<{ readonly url: string; close(): Promise<void> }> {
  const app = await NestFactory.create(mcpModule(house), { bodyParser: false, logger: ['error', 'warn'], abortOnError: false });
  const commands = app.get(CommandBus);
  const server: Server = app.getHttpServer();
  server.requestTimeout = LIMITS.requestMilliseconds;
  let endpoint: ReturnType<typeof mcpEndpoint> | null = null;
  const page = ownPages(house, pages, {
    show: (confirmationId, person) => commands.execute(new ShowConfirmation(confirmationId, person)),
    answer: (confirmationId, answer, person) => commands.execute(new AnswerConfirmation(confirmationId, answer, person)),
  });
  app.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
    const served = endpoint !== null && isMcp(request.url ?? '') ? endpoint(request, response) : page(request, response);
    if (served === null) return next();
    served.catch((defect: unknown) => {
      house.report(defect, 'http');
      if (!response.headersSent) response.writeHead(500).end();
      else response.destroy();
    });
  });
  await app.listen(port, host);

  endpoint = mcpEndpoint({
    catalogue: house.catalogue,
    principals: house.principals,
    callTool: (call) => commands.execute(new CallTool(call)),
    noteUse,
    noteDenied,
    publicUrl,
    clock: house.clock,
    random: house.random,
    report: (defect) => house.report(defect, 'mcp'),
  });
  return { url: new URL('/mcp', publicUrl).href, close: () => drain(server) };
}

function isMcp(url: string): boolean {
  return url === '/mcp' || url.startsWith('/mcp/') || url.startsWith('/mcp?');
}
