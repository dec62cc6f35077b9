import {
  type CallToolResult,
  createMcpHandler,
  type McpHttpHandler,
  ProtocolError,
  preloadSchemas,
  Server,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '@modelcontextprotocol/server';
import { visibleTools } from '#calls';
import type { Catalogue } from '#tools';
import { afterElicitation, elicitation } from './elicitation.ts';
import type { Exchange } from './exchange.ts';
import { type Presented, presentAnswer, UNKNOWN_TOOL } from './present.ts';

export const IDENTITY = { name: 'deponent', title: 'Deponent', version: '0.1.0' } as const;
export const CURRENT_REVISION = '2026-07-28';

/** The SDK's handler for both protocol eras, with our catalogue behind it. */
export function mcpProtocol(catalogue: Catalogue, exchangeOf: (request: Request) => Exchange, report: (defect: unknown) => void): McpHttpHandler {
  preloadSchemas();
  return createMcpHandler(
    ({ requestInfo }) => {
      if (requestInfo === undefined) throw new Error('the SDK served a request without its HTTP request');
      return serverFor(exchangeOf(requestInfo), catalogue);
    },
    { onerror: report },
  );
}

function serverFor(exchange: Exchange, catalogue: Catalogue): Server {
  const server = new Server(IDENTITY, { capabilities: { tools: {} }, instructions: INSTRUCTIONS });
  server.setRequestHandler('tools/list', () => ({ tools: visibleTools(catalogue, exchange.pack, exchange.principal).map(({ listing }) => listing) }));
  server.setRequestHandler('tools/call', async ({ params }, context) => {
    const { given, declined } = afterElicitation(params.arguments ?? {}, context);
    const answer = await exchange.call(params.name, given, params._meta ?? {}, { declined });
    if (answer.outcome === 'unauthenticated') exchange.unauthenticated = true;
    return elicitation(answer, context) ?? toResult(presentAnswer(answer));
  });
  return server;
}

const INSTRUCTIONS =
  'Deponent gives you the documents of an organisation and records what it gave you. Choose one correlationId per task and send it with every call, so that the task can be reviewed as a whole. Long files come in windows: follow nextLines until it is null. Call content_help for the details.';

function toResult(presented: Presented): CallToolResult {
  if (presented.kind === 'unknown_tool') throw new ProtocolError(UNKNOWN_TOOL.code, UNKNOWN_TOOL.message, presented.data);
  const { structuredContent, isError, reference } = presented;
  return {
    content: [{ type: 'text', text: JSON.stringify(structuredContent) }],
    structuredContent,
    ...(isError ? { isError } : {}),
    ...(reference === null ? {} : { _meta: { 'deponent/call': reference } }),
  };
}

/** The MCP revision a request speaks, where it is one that the SDK serves. */
export function knownProtocol(revision: unknown): string | null {
  return typeof revision === 'string' && KNOWN.has(revision) ? revision : null;
}

const KNOWN: ReadonlySet<string> = new Set([...SUPPORTED_PROTOCOL_VERSIONS, CURRENT_REVISION]);
