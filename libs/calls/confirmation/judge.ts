import { timingSafeEqual } from 'node:crypto';
import { hmacSha256, jcs, type Refusal, refuse, sha256 } from '#kernel';
import type { Caller, ConfirmationRule } from '#tools';
import type { Confirmation } from '../streams.ts';
import { isStricter } from './rule.ts';
import type { ConfirmationToken } from './token.ts';

/** A token, who uses it now and for what: everything of it is bound, and what the target is bound to is compared once it is known. */
export type Use = {
  readonly token: ConfirmationToken;
  readonly caller: Caller;
  readonly tool: string;
  readonly definition: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Now in force; policy may have raised it since the token was given. */
  readonly rule: ConfirmationRule;
  readonly now: number;
};

/** `waiting`: a person has not answered yet. `late`: it ran out, and nobody has recorded so yet. */
export type Judgement = 'usable' | 'waiting' | 'late' | Refusal;

/** Whether a token may be used so. Pure. What is not this caller's own is refused in one text, which tells nothing. */
export function judge(confirmation: Confirmation | null, use: Use): Judgement {
  if (confirmation === null || !isOwn(confirmation, use)) return invalid('There is no such confirmation of yours.');
  const { request, status } = confirmation;
  if (status === 'consumed') return invalid('This confirmation was used already, and what it confirmed has happened.');
  if (status === 'denied') return invalid('A person has denied this. Do not ask again unless the user wants it.');
  if (status === 'expired') return tooLate();
  if (use.now >= request.expiresAt) return 'late';
  if (request.tool !== use.tool || request.definition !== use.definition) return invalid('This confirmation is for another tool.');
  if (request.argumentsHmac !== boundTo(use.token, use.arguments)) return invalid('The arguments are not those that were shown.');
  if (isStricter(use.rule, request.rule)) return invalid('The policy now asks for more than this confirmation.');
  return request.rule === 'human' && status !== 'granted' ? 'waiting' : 'usable';
}

function isOwn({ request }: Confirmation, { token, caller }: Use): boolean {
  const proves = timingSafeEqual(sha256(token.secret), Buffer.from(request.tokenSha256, 'hex'));
  const { organization, user, client, credential } = caller;
  // An access key belongs to no client: then each key is taken for one.
  const sameClient = request.clientId === client && (client !== null || request.credentialId === credential.id);
  return proves && sameClient && request.organizationId === organization && request.userId === user;
}

export function tooLate(): Refusal {
  return invalid('This confirmation has expired.');
}

export const NO_LONGER_SHOWN = 'What would be changed is no longer what was shown.';

export function invalid(reason: string): Refusal {
  return refuse('confirmation_invalid', `${reason} Nothing was changed. Call without confirmationToken to be asked anew.`);
}

/** Binds a token to a value without keeping the value, or anything that it could be guessed from without the token. */
export function boundTo({ secret }: ConfirmationToken, value: unknown): string {
  return hmacSha256(Buffer.from(secret), jcs(value)).toString('hex');
}
