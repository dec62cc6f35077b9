import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Call, CallAnswer } from '#calls';
import { StoreUnavailable } from '#event-store';
import type { Denied } from '#evidence';
import type { Principal, Principals } from '#identity';
import { base32, type Clock, type RandomBytes, refuse, uuidv7 } from '#kernel';
import type { Catalogue } from '#tools';
import type { Exchange } from './exchange.ts';
import { isRecord, isTurned, ownHosts, parseBody, readBody, type Turned, turnAway } from './gate.ts';
import { plainCall, writeResponse } from './plain-call.ts';
import { knownProtocol, mcpProtocol } from './protocol.ts';

export type EndpointMeans = {
  readonly catalogue: Catalogue;
  readonly principals: Pick<Principals, 'of' | 'ofNow'>;
  readonly callTool: (call: Call) => Promise<CallAnswer>;
  /** Told of each use of a credential, for `last used`. */
  readonly noteUse: (principal: Principal, use: { readonly at: number; readonly address: string; readonly agent: string }) => void;
  /** Told of each request without a valid credential. */
  readonly noteDenied: (denied: Denied) => void;
  readonly publicUrl: string;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly report: (defect: unknown) => void;
};

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** POST /mcp and POST /mcp/<pack>: from the socket to the SDK and back. */
export function mcpEndpoint(means: EndpointMeans): Handler {
  const hosts = ownHosts(means.publicUrl);
  const challenge = `Bearer realm="deponent", resource_metadata="${new URL('/.well-known/oauth-protected-resource/mcp', means.publicUrl).href}"`;
  const exchanges = new WeakMap<Request, Exchange>();
  const protocol = mcpProtocol(means.catalogue, (request) => found(exchanges.get(request)), means.report);

  const unauthenticated: Turned = {
    status: 401,
    code: -32001,
    message: 'A valid access key is required: Authorization: Bearer <key>.',
    headers: { 'www-authenticate': challenge },
  };

  const turnStrangerAway = (request: IncomingMessage, response: ServerResponse) => {
    means.noteDenied({ kind: 'credential', address: request.socket.remoteAddress ?? '' });
    answerTurned(response, unauthenticated);
  };

  return async (request, response) => {
    const away = turnAway(request, hosts);
    if (away !== null) return answerTurned(response, away);
    const text = await readBody(request);
    if (text === null) return;
    if (typeof text !== 'string') return answerTurned(response, text);
    const body = parseBody(text);
    if (isTurned(body)) return answerTurned(response, body);

    const secret = bearer(request.headers.authorization);
    const principal = secret === null ? null : await authenticate(secret, body, means);
    if (principal === 'unreachable') return answerUnreachable(response, body);
    if (secret === null || principal === null || principal.keyType !== 'mcp') return turnStrangerAway(request, response);
    means.noteUse(principal, { at: means.clock(), address: request.socket.remoteAddress ?? '', agent: request.headers['user-agent'] ?? '' });

    const exchange = openExchange(request, secret, principal, means);
    const plain = plainCall(body, request.headers);
    if (plain !== null) {
      const answer = await exchange.call(plain.toolName, plain.given, plain.meta);
      if (answer.outcome === 'unauthenticated') return turnStrangerAway(request, response);
      return sendJson(response, 200, writeResponse(plain.id, answer));
    }

    const webRequest = toWebRequest(request, response);
    exchanges.set(webRequest, exchange);
    const answer = await protocol.fetch(webRequest, { parsedBody: body });
    if (!exchange.called) await recordUncalled(body, request, exchange);
    if (exchange.unauthenticated) return turnStrangerAway(request, response);
    if (answer.ok && isInitialize(body)) answer.headers.set('mcp-session-id', newSessionId(means.random));
    await send(answer, response);
  };
}

/**
 * A tool call asserts in its commit what it was decided on; whatever commits nothing is decided on what is true now.
 * During an outage nobody can say who asks, unless this process knew.
 */
async function authenticate(secret: string, body: unknown, { principals, report }: EndpointMeans): Promise<Principal | null | 'unreachable'> {
  try {
    return await (isToolCall(body) ? principals.of(secret) : principals.ofNow(secret));
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    report(error);
    return 'unreachable';
  }
}

function isToolCall(body: unknown): body is Readonly<Record<string, unknown>> {
  return isRecord(body) && body.method === 'tools/call';
}

function openExchange(request: IncomingMessage, secret: string, principal: Principal, means: EndpointMeans): Exchange {
  const { 'mcp-session-id': sessionId, 'mcp-protocol-version': revision, 'user-agent': agent } = request.headers;
  const pack = packOf(request.url ?? '');
  return {
    principal,
    pack,
    unauthenticated: false,
    called: false,
    call(toolName, given, meta, { malformed = null, declined = false } = {}) {
      this.called = true;
      const receivedAt = means.clock();
      return means.callTool({
        recordId: uuidv7(receivedAt, means.random),
        receivedAt,
        secret,
        pack,
        toolName,
        arguments: given,
        protocol: knownProtocol(meta['io.modelcontextprotocol/protocolVersion'] ?? revision),
        clientName: clientName(meta, agent),
        metaCorrelationId: meta['deponent/correlationId'],
        sessionId: typeof sessionId === 'string' ? sessionId : null,
        malformed,
        declined,
        traceparent: traceparent(request.headers.traceparent ?? meta.traceparent),
      });
    },
  };
}

const NOT_WELL_FORMED = 'The request was not a well-formed call of its protocol revision.';

/** A tool call that the protocol layer refused never reached a tool, and leaves its record like any other. Headers that name another tool are told in it. */
async function recordUncalled(body: unknown, { headers }: IncomingMessage, exchange: Exchange): Promise<void> {
  if (!isRecord(body) || body.method !== 'tools/call') return;
  const params = isRecord(body.params) ? body.params : {};
  const inBody = typeof params.name === 'string' ? params.name : '';
  const inHeader = headers['mcp-name'];
  const toolName = inHeader === undefined || inHeader === inBody ? inBody : `${inBody} (Mcp-Name: ${String(inHeader)})`;
  const answer = await exchange.call(toolName, isRecord(params.arguments) ? params.arguments : {}, isRecord(params._meta) ? params._meta : {}, {
    malformed: NOT_WELL_FORMED,
  });
  if (answer.outcome === 'unauthenticated') exchange.unauthenticated = true;
}

const CLIENT_NAME_CHARACTERS = 200;

/** What the client calls itself: its MCP name and version where it sends them, else its user agent. */
function clientName(meta: Readonly<Record<string, unknown>>, agent: string | undefined): string | null {
  const info = meta['io.modelcontextprotocol/clientInfo'];
  const named = isRecord(info) && typeof info.name === 'string' ? `${info.name} ${typeof info.version === 'string' ? info.version : ''}`.trim() : agent;
  return named === undefined ? null : named.slice(0, CLIENT_NAME_CHARACTERS).toWellFormed();
}

/** W3C Trace Context, 3.2.2, version 00; anything else is not kept. */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

function traceparent(value: unknown): string | null {
  return typeof value === 'string' && TRACEPARENT.test(value) ? value : null;
}

function bearer(authorization: string | undefined): string | null {
  return /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization ?? '')?.[1] ?? null;
}

function packOf(url: string): string | null {
  return /^\/mcp\/([a-z]+)\/?(?:\?|$)/.exec(url)?.[1] ?? null;
}

function isInitialize(body: unknown): boolean {
  return isRecord(body) && body.method === 'initialize';
}

/** Handed out so that an initialize-era client's calls group by themselves; the server keeps nothing under it. */
function newSessionId(random: RandomBytes): string {
  return `ses_${base32(random(16))}`;
}

/** The body was read and parsed already and travels beside; the SDK needs method, headers and whether the client is still there. */
function toWebRequest(request: IncomingMessage, response: ServerResponse): Request {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) if (typeof value === 'string') headers.set(name, value);
  return new Request(`http://${request.headers.host}${request.url}`, { method: 'POST', headers, signal: gone.signal });
}

async function send(answer: Response, response: ServerResponse): Promise<void> {
  const headers = Object.fromEntries(answer.headers);
  if (answer.body !== null && headers['content-type']?.startsWith('text/event-stream')) {
    response.writeHead(answer.status, headers);
    await pipeline(Readable.fromWeb(answer.body), response).catch(() => response.destroy());
    return;
  }
  const text = await answer.text();
  response.writeHead(answer.status, { ...headers, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

function answerTurned(response: ServerResponse, { status, code, message, headers }: Turned): void {
  sendJson(response, status, JSON.stringify({ jsonrpc: '2.0', error: { code, message }, id: null }), headers);
}

const UNREACHABLE = refuse('unavailable', 'The database cannot be reached now. Try again shortly.', { retryAfterSeconds: 2 });

/** A tool call hears of an outage as of any other refusal; whatever else was asked has only HTTP to say it with. */
function answerUnreachable(response: ServerResponse, body: unknown): void {
  const id = isToolCall(body) ? body.id : undefined;
  const { message, retryAfterSeconds } = UNREACHABLE;
  if (typeof id === 'string' || typeof id === 'number') sendJson(response, 200, writeResponse(id, { outcome: 'unrecorded', refusal: UNREACHABLE }));
  else answerTurned(response, { status: 503, code: -32000, message, headers: { 'retry-after': String(retryAfterSeconds) } });
}

function sendJson(response: ServerResponse, status: number, body: string, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers });
  response.end(body);
}

function found(exchange: Exchange | undefined): Exchange {
  if (exchange === undefined) throw new Error('a request reached the protocol without an exchange');
  return exchange;
}
