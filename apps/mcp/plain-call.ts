import type { IncomingHttpHeaders } from 'node:http';
import type { CallAnswer } from '#calls';
import { isRecord } from './gate.ts';
import { presentAnswer, UNKNOWN_TOOL } from './present.ts';
import { CURRENT_REVISION, IDENTITY } from './protocol.ts';

/**
 * The one request that is nearly all traffic: a `tools/call` of the current revision with nothing unusual about it. It
 * is answered without the SDK, whose server, transport and web streams cost more than everything else about a call.
 * Whatever deviates in the least, right or wrong, is left to the SDK; a story holds both ways to the same answers.
 */
export type PlainCall = {
  readonly id: string | number;
  readonly toolName: string;
  readonly given: Readonly<Record<string, unknown>>;
  readonly meta: Readonly<Record<string, unknown>>;
};

const TOOL_NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const PARAMS = new Set(['name', 'arguments', '_meta']);
const META = new Set([
  'io.modelcontextprotocol/protocolVersion',
  'io.modelcontextprotocol/clientInfo',
  'io.modelcontextprotocol/clientCapabilities',
  'deponent/correlationId',
  'traceparent',
  'tracestate',
]);

export function plainCall(body: unknown, headers: IncomingHttpHeaders): PlainCall | null {
  if (!isRecord(body) || body.jsonrpc !== '2.0' || body.method !== 'tools/call' || 'result' in body || 'error' in body) return null;
  const { id, params } = body;
  if (!(typeof id === 'string' || Number.isSafeInteger(id)) || !isRecord(params) || !only(params, PARAMS)) return null;
  const { name, arguments: given = {}, _meta: meta } = params;
  if (typeof name !== 'string' || !TOOL_NAME.test(name) || !isRecord(given) || !isPlainMeta(meta)) return null;
  const agrees = headers['mcp-protocol-version'] === CURRENT_REVISION && headers['mcp-method'] === 'tools/call' && headers['mcp-name'] === name;
  const { accept = '' } = headers;
  if (!agrees || !accept.includes('application/json') || !accept.includes('text/event-stream')) return null;
  return { id: typeof id === 'string' ? id : Number(id), toolName: name, given, meta };
}

function isPlainMeta(meta: unknown): meta is Readonly<Record<string, unknown>> {
  if (!isRecord(meta) || !only(meta, META) || meta['io.modelcontextprotocol/protocolVersion'] !== CURRENT_REVISION) return false;
  const client = meta['io.modelcontextprotocol/clientInfo'];
  const capabilities = meta['io.modelcontextprotocol/clientCapabilities'];
  return (
    isRecord(client) &&
    typeof client.name === 'string' &&
    typeof client.version === 'string' &&
    isRecord(capabilities) &&
    Object.keys(capabilities).length === 0
  );
}

function only(record: Readonly<Record<string, unknown>>, known: ReadonlySet<string>): boolean {
  return Object.keys(record).every((member) => known.has(member));
}

const SERVER_INFO = JSON.stringify(IDENTITY);

/** The JSON-RPC response, with `structuredContent` written once and quoted once. */
export function writeResponse(id: string | number, answer: CallAnswer): string {
  const presented = presentAnswer(answer);
  const end = `"jsonrpc":"2.0","id":${JSON.stringify(id)}}`;
  if (presented.kind === 'unknown_tool') return `{"error":${JSON.stringify({ ...UNKNOWN_TOOL, data: presented.data })},${end}`;
  const { structuredContent, isError, reference } = presented;
  const content = JSON.stringify(structuredContent);
  const call = reference === null ? '' : `"deponent/call":${JSON.stringify(reference)},`;
  const meta = `{${call}"io.modelcontextprotocol/serverInfo":${SERVER_INFO}}`;
  return `{"result":{"_meta":${meta},"content":[{"type":"text","text":${JSON.stringify(content)}}],"structuredContent":${content}${isError ? ',"isError":true' : ''},"resultType":"complete"},${end}`;
}
