import type { Request } from 'express';
import { type Refusal, refuse } from '#kernel';

/** Any value. A page of another origin cannot send it without asking us first, and we never answer such a question. */
const OWN_HEADER = 'x-deponent-console';

/**
 * Null: a request that carries a cookie was made by a page of ours. The cookie is SameSite=Strict already; a request
 * that changes something must also come from our own origin and carry a header that no form can send.
 */
export function foreignRequest(request: Pick<Request, 'method' | 'headers'>): Refusal | null {
  const { method, headers } = request;
  return foreignOrigin(request) ?? (method === 'GET' || method === 'HEAD' || headers[OWN_HEADER] !== undefined ? null : FOREIGN);
}

/** Null: no page of another origin made the request. For what needs no cookie, so that none can be misused. */
export function foreignOrigin({ headers: { origin, host } }: Pick<Request, 'headers'>): Refusal | null {
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host) ? null : FOREIGN;
}

const FOREIGN = refuse('permission_denied', `With a session, changes are accepted from our own pages alone (header ${OWN_HEADER}).`);
