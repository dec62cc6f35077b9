import 'reflect-metadata';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { NestFactory } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import { CallTool, type House } from '#calls';
import type { KeyUse, Principal } from '#identity';
import { LIMITS } from '#kernel';
import { drain } from '#platform';
import { type EndpointMeans, mcpEndpoint } from './endpoint.ts';
import { mcpModule } from './mcp.module.ts';

export type McpOptions = {
  readonly house: House;
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string;
  readonly noteUse: (principal: Principal, use: KeyUse) => void;
  readonly noteDenied: EndpointMeans['noteDenied'];
};

/** Serves the MCP endpoints. `close` lets the calls under way end, for a bounded time. */
export async function serveMcp({ house, host, port, publicUrl, noteUse, noteDenied }: McpOptions): Promise<{ readonly url: string; close(): Promise<void> }> {
  const app = await NestFactory.create(mcpModule(house), { bodyParser: false, logger: ['error', 'warn'], abortOnError: false });
  const commands = app.get(CommandBus);
  const server: Server = app.getHttpServer();
  server.requestTimeout = LIMITS.requestMilliseconds;
  let endpoint: ReturnType<typeof mcpEndpoint> | null = null;
  app.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
    if (endpoint === null || !isMcp(request.url ?? '')) return next();
    endpoint(request, response).catch((defect: unknown) => {
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
