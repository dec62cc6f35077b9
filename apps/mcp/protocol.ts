import {
  type CallToolResult,
  createMcpHandler,
  type McpHttpHandler,
  ProtocolError,
  ProtocolErrorCode,
  preloadSchemas,
  Server,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '@modelcontextprotocol/server';
import type { CallAnswer } from '#calls';
import { errorContent, visibleTools } from '#calls';
import type { Principal } from '#identity';
import { refuse } from '#kernel';
import type { Catalogue } from '#tools';

/** One HTTP request and what became of it. Nothing of it outlives the request, nothing is shared with another (CVE-2026-25536). */
export type Exchange = {
  readonly principal: Principal;
  readonly pack: string | null;
  call(toolName: string, given: Readonly<Record<string, unknown>>, meta: Readonly<Record<string, unknown>>): Promise<CallAnswer>;
  /** Set when the credential turned out dead in the middle: the whole answer becomes HTTP 401. */
  unauthenticated: boolean;
};

const IDENTITY = { name: 'deponent', title: 'Deponent', version: '0.1.0' };

/** The SDK's handler for both protocol eras, with our catalogue behind it. */
export function mcpProtocol(catalogue: Catalogue, exchangeOf: (request: Request) => Exchange, report: (defect: unknown) => void): McpHttpHandler {
  preloadSchemas();
  return createMcpHandler(
    ({ requestInfo }) => {
      if (requestInfo === undefined) throw new Error('the SDK served a request without its HTTP request');
      return serverFor(exchangeOf(requestInfo), catalogue);
    },
    { onerror: report, responseMode: 'auto' },
  );
}

function serverFor(exchange: Exchange, catalogue: Catalogue): Server {
  const server = new Server(IDENTITY, { capabilities: { tools: {} }, instructions: INSTRUCTIONS });
  server.setRequestHandler('tools/list', () => ({ tools: visibleTools(catalogue, exchange.pack, exchange.principal).map(({ listing }) => listing) }));
  server.setRequestHandler('tools/call', async ({ params }) =>
    toResult(await exchange.call(params.name, params.arguments ?? {}, params._meta ?? {}), exchange),
  );
  return server;
}

const INSTRUCTIONS =
  'Deponent gives you the documents of an organisation and records what it gave you. Choose one correlationId per task and send it with every call, so that the task can be reviewed as a whole. Long files come in windows: follow nextLines until it is null. Call content_help for the details.';

function toResult(answer: CallAnswer, exchange: Exchange): CallToolResult {
  switch (answer.outcome) {
    case 'answered':
      return { content: text(answer.structuredContent), structuredContent: answer.structuredContent, _meta: { 'deponent/call': answer.reference } };
    case 'refused': {
      if (answer.refusal.code === 'unknown_tool')
        throw new ProtocolError(ProtocolErrorCode.InvalidParams, answer.refusal.message, { code: 'unknown_tool', traceId: answer.reference.recordId });
      const content = errorContent(answer.refusal, answer.reference.recordId);
      return { isError: true, content: text(content), structuredContent: content, _meta: { 'deponent/call': answer.reference } };
    }
    case 'unrecorded': {
      const content = errorContent(answer.refusal, null);
      return { isError: true, content: text(content), structuredContent: content };
    }
    case 'unauthenticated': {
      exchange.unauthenticated = true;
      const content = errorContent(refuse('unauthenticated', 'The credential is not valid.'), null);
      return { isError: true, content: text(content), structuredContent: content };
    }
  }
}

function text(content: unknown): CallToolResult['content'] {
  return [{ type: 'text', text: JSON.stringify(content) }];
}

/** The MCP revision a request speaks, where it is one that the SDK serves. */
export function knownProtocol(revision: unknown): string | null {
  return typeof revision === 'string' && KNOWN.has(revision) ? revision : null;
}

const KNOWN: ReadonlySet<string> = new Set([...SUPPORTED_PROTOCOL_VERSIONS, '2026-07-28']);
