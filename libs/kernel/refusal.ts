/** The closed list of error words a caller can meet (docs: CONTRACT, error codes). Stable for ever. */
export const REFUSAL_CODES = [
  'unauthenticated',
  'scope_missing',
  'permission_denied',
  'not_found',
  'unknown_tool',
  'invalid_params',
  'read_only',
  'policy_denied',
  'confirmation_required',
  'confirmation_invalid',
  'rate_limited',
  'conflict',
  'timeout',
  'upstream_error',
  'unavailable',
  'not_sealed',
  'not_ready',
  'unsupported_media_type',
  'internal',
] as const;

export type RefusalCode = (typeof REFUSAL_CODES)[number];

export type Issue = { readonly path: string; readonly message: string };

export type RefusalDetails = {
  readonly issues?: readonly Issue[];
  readonly retryAfterSeconds?: number;
  readonly requiredScopes?: readonly string[];
};

/** A refusal is a value: it is returned, recorded and told to the caller, never thrown. */
export type Refusal = { readonly refused: true; readonly code: RefusalCode; readonly message: string } & RefusalDetails;

export function refuse(code: RefusalCode, message: string, details: RefusalDetails = {}): Refusal {
  return { refused: true, code, message, ...details };
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'refused' in value && value.refused === true;
}
