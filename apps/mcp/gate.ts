import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { LIMITS, MalformedJson, parseStrictJson } from '#kernel';

/** An HTTP answer given before any protocol is spoken. */
export type Turned = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly code: number; readonly message: string };

function turned(status: number, code: number, message: string, headers: Record<string, string> = {}): Turned {
  return { status, code, message, headers };
}

// JSON-RPC 2.0, 5.1; -32000 is free for the server.
const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;
const SERVER_ERROR = -32000;
const METHOD_NOT_FOUND = -32601;

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** The host names under which this server may be addressed: loopback and its own public one. */
export function ownHosts(publicUrl: string): ReadonlySet<string> {
  return new Set([...LOOPBACK, new URL(publicUrl).hostname]);
}

/**
 * Host, origin, method and media type, in this order, before a byte of the body is read. Host and Origin are checked
 * on loopback too: a page in the user's browser may have rebound its name to us (CVE-2025-66414).
 */
export function turnAway(request: Pick<IncomingMessage, 'method' | 'headers'>, hosts: ReadonlySet<string>): Turned | null {
  const { 'content-type': mediaType } = request.headers;
  const foreign = foreignHost(request, hosts);
  if (foreign !== null) return foreign;
  if (request.method !== 'POST') return turned(405, METHOD_NOT_FOUND, 'Method not allowed - use POST', { allow: 'POST' });
  if (mediaType?.split(';', 1)[0]?.trim().toLowerCase() !== 'application/json') return turned(415, SERVER_ERROR, 'The body must be application/json.');
  return null;
}

/** A request that was addressed to another name, or that a page of another site sends. */
export function foreignHost({ headers: { host, origin } }: Pick<IncomingMessage, 'headers'>, hosts: ReadonlySet<string>): Turned | null {
  if (!hosts.has(hostnameOf(`http://${host ?? ''}`))) return turned(403, SERVER_ERROR, 'This host name is not served here.');
  if (origin !== undefined && !hosts.has(hostnameOf(origin))) return turned(403, SERVER_ERROR, 'Requests from this origin are not served.');
  return null;
}

function hostnameOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}

/**
 * The body as text. Null: the client went away. What is beyond the limit is read and dropped, for as long as a request
 * may take, because a client that is still writing would not hear the answer.
 */
export async function readBody(request: IncomingMessage): Promise<string | Turned | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size <= LIMITS.requestBodyBytes) chunks.push(chunk);
    }
  } catch {
    return null;
  }
  if (size > LIMITS.requestBodyBytes) return turned(413, SERVER_ERROR, `The body is larger than ${LIMITS.requestBodyBytes} bytes.`);
  const body = Buffer.concat(chunks);
  return isUtf8(body) ? body.toString('utf8') : turned(400, PARSE_ERROR, 'The body is not valid UTF-8.');
}

const ENVELOPE = new Set(['jsonrpc', 'id', 'method', 'params', 'result', 'error']);
const PARAMS = ['name', 'arguments', '_meta'];

/** Parses once, strictly; what comes back is what is acted on and recorded. */
export function parseBody(text: string): unknown {
  try {
    const body = parseStrictJson(text);
    for (const message of Array.isArray(body) ? body : [body]) {
      const confusing = confusingMember(message);
      if (confusing !== null) return turned(400, INVALID_REQUEST, confusing);
    }
    return body;
  } catch (error) {
    if (!(error instanceof MalformedJson)) throw error;
    return turned(400, PARSE_ERROR, error.message);
  }
}

/** Two readers must never see two different calls: no unknown envelope member, and nothing that only looks like a known one. */
function confusingMember(message: unknown): string | null {
  if (!isRecord(message)) return 'A JSON-RPC message is an object.';
  if (Object.keys(message).some((member) => !ENVELOPE.has(member))) return 'The message holds a member that JSON-RPC does not know.';
  const { params } = message;
  if (!isRecord(params)) return null;
  const confusing = Object.keys(params).some((member) => !PARAMS.includes(member) && PARAMS.includes(member.normalize('NFKC').toLowerCase()));
  return confusing ? 'params hold a member that looks like another one.' : null;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isTurned(value: unknown): value is Turned {
  return isRecord(value) && typeof value.status === 'number' && typeof value.code === 'number' && typeof value.message === 'string';
}
