import { isRefusal, type Refusal, type RefusalCode, refuse } from '#kernel';

/** HTTP status of each error word (RFC 9110). */
const STATUS: Readonly<Record<RefusalCode, number>> = {
  unauthenticated: 401,
  scope_missing: 403,
  permission_denied: 403,
  policy_denied: 403,
  read_only: 403,
  confirmation_required: 403,
  confirmation_invalid: 403,
  not_found: 404,
  unknown_tool: 404,
  invalid_params: 400,
  unsupported_media_type: 415,
  conflict: 409,
  not_sealed: 409,
  not_ready: 409,
  rate_limited: 429,
  timeout: 504,
  upstream_error: 502,
  unavailable: 503,
  internal: 500,
};

/** RFC 9457, with the error word and our trace id (CONTRACT, problem details). */
export type Problem = {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly code: RefusalCode;
  readonly detail: string;
  readonly traceId: string;
  readonly issues: readonly { readonly path: string; readonly message: string }[];
};

export function problemOf(refusal: Refusal, traceId: string): Problem {
  const title = refusal.code.charAt(0).toUpperCase() + refusal.code.slice(1).replaceAll('_', ' ');
  return { type: 'about:blank', title, status: STATUS[refusal.code], code: refusal.code, detail: refusal.message, traceId, issues: refusal.issues ?? [] };
}

/** Carries a refusal out of a controller to the one filter that writes it. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(readonly refusal: Refusal) {
    super(refusal.message);
  }
}

/** The one thing asked for; what is not there and what may not be seen are one answer. */
export function orNotFound<Value>(value: Value | null): Value {
  if (value === null) throw new Refused(refuse('not_found', 'There is nothing of this id.'));
  return value;
}

/** The value, or the refusal thrown to the filter. */
export function orRefused<Value>(result: Value | Refusal): Value {
  if (isRefusal(result)) throw new Refused(result);
  return result;
}
