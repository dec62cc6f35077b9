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

/** One thing that a write would change: what it is, and what it would be. Null: it is not there. */
export type Change = { readonly field: string; readonly from: string | number | null; readonly to: string | number | null };

/** What a refused write waits for (CONTRACT, error shape). */
export type ConfirmationAsked = {
  /** Repeats the call once it is confirmed. Shown to this caller only, stored as a hash. */
  readonly token: string;
  /** `token`: the caller confirms. `human`: a person does, on the page at `url`. */
  readonly rule: 'token' | 'human';
  /** RFC 3339. */
  readonly expiresAt: string;
  readonly summary: string;
  readonly changes: readonly Change[];
  readonly url: string | null;
};

export type RefusalDetails = {
  readonly issues?: readonly Issue[];
  readonly retryAfterSeconds?: number;
  readonly requiredScopes?: readonly string[];
  readonly confirmation?: ConfirmationAsked;
};

/** A refusal is a value: it is returned, recorded and told to the caller, never thrown. */
export type Refusal = { readonly refused: true; readonly code: RefusalCode; readonly message: string } & RefusalDetails;

export function refuse(code: RefusalCode, message: string, details: RefusalDetails = {}): Refusal {
  return { refused: true, code, message, ...details };
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'refused' in value && value.refused === true;
}
