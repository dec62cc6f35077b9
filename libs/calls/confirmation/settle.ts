import type { Facts } from '#event-store';
import { type ConfirmationAsked, LIMITS, type RandomBytes, refuse, sha256Hex, timestamp } from '#kernel';
import type { Preview } from '#tools';
import type { RecordedCall } from '../record.ts';
import { refused, type Verdict } from '../verdict.ts';
import { asks, follows, unchanged } from './facts.ts';
import { boundTo, invalid, NO_LONGER_SHOWN } from './judge.ts';
import type { Opening } from './opening.ts';
import type { Shown } from './shown.ts';
import type { ConfirmationToken } from './token.ts';

/** What a write was decided on, and what it would change. */
export type Proposed = {
  readonly target: { readonly stream: string; readonly revision: number };
  readonly preview: Preview;
  /** What the token is bound to of the arguments. */
  readonly bound: Readonly<Record<string, unknown>>;
  readonly tool: { readonly name: string; readonly definition: string };
};

export type SettlingMeans = { readonly clock: () => number; readonly random: RandomBytes; readonly publicUrl: string };

/**
 * Whether a decided write happens now. The facts, committed with the write, use the token up: of two calls with one
 * token the second finds the stream longer than it was and is decided again. A refusal changes nothing but the record
 * and, where it is a new question, asks it in the same commit.
 */
export function settle(opening: Exclude<Opening, { kind: 'unneeded' }>, proposed: Proposed, recorded: RecordedCall, means: SettlingMeans): Facts | Verdict {
  const { summary, changes } = proposed.preview;
  switch (opening.kind) {
    case 'flag':
      return refused(refuse('confirmation_required', `${summary} Nothing was changed. Repeat the call with confirm: true if the user wants this.`));
    case 'new':
      return ask(opening, proposed, recorded, means);
    case 'presented': {
      const { token, waiting, found } = opening;
      const { request } = found.confirmation;
      const { stream, revision } = request.target;
      if (stream !== proposed.target.stream || revision !== proposed.target.revision || request.shownHmac !== boundTo(token, { summary, changes }))
        return refused(invalid(NO_LONGER_SHOWN), unchanged(found));
      if (waiting) return refused(confirmationRequired(token, request, proposed.preview, means.publicUrl), unchanged(found));
      const consumed = { type: 'ConfirmationConsumed', data: { confirmationId: request.confirmationId, recordId: recorded.call.recordId } } as const;
      return follows(found, consumed, { ...means, vaultKey: recorded.principal.keys.vault });
    }
  }
}

/** Asks anew: the question and its token's hash are committed with the record of the call that is refused. */
function ask(opening: Extract<Opening, { kind: 'new' }>, proposed: Proposed, recorded: RecordedCall, means: SettlingMeans): Verdict {
  const { token, rule } = opening;
  const { target, preview, tool } = proposed;
  const { call, correlation, principal } = recorded;
  const { caller } = principal;
  const { confirmationId } = token;
  const expiresAt = means.clock() + LIMITS.confirmationMilliseconds;
  const requested = {
    type: 'ConfirmationRequested',
    data: {
      confirmationId,
      organizationId: caller.organization,
      recordId: call.recordId,
      correlationId: correlation.group,
      userId: caller.user,
      clientId: caller.client,
      credentialId: caller.credential.id,
      rule,
      expiresAt,
      tool: tool.name,
      definition: tool.definition,
      target,
      tokenSha256: sha256Hex(token.secret),
      argumentsHmac: boundTo(token, proposed.bound),
      shownHmac: boundTo(token, { summary: preview.summary, changes: preview.changes }),
    },
  } as const;
  const facts = asks(requested, shownOf(preview, recorded), { ...means, vaultKey: principal.keys.vault });
  const targetAsShown = { stream: target.stream, expected: target.revision, events: [] };
  return refused(confirmationRequired(token, { rule, expiresAt }, preview, means.publicUrl), { ...facts, streams: [...facts.streams, targetAsShown] });
}

function shownOf({ summary, changes, text }: Preview, { call, principal }: RecordedCall): Shown {
  const beginning = text?.slice(0, LIMITS.confirmationTextCharacters).toWellFormed() ?? null;
  return {
    email: principal.email,
    client: call.clientName,
    summary,
    changes: [...changes],
    text: text === null || beginning === null ? null : { beginning, characters: text.length },
  };
}

function confirmationRequired(
  token: ConfirmationToken,
  { rule, expiresAt }: { readonly rule: 'token' | 'human'; readonly expiresAt: number },
  { summary, changes }: Preview,
  publicUrl: string,
) {
  const url = rule === 'human' ? `${publicUrl}/confirm/${token.confirmationId}` : null;
  const confirmation: ConfirmationAsked = { token: token.secret, rule, expiresAt: timestamp(expiresAt), summary, changes, url };
  return refuse('confirmation_required', `${summary} ${NEXT[rule](url)}`, { confirmation });
}

const NEXT = {
  token: () => 'Nothing was changed. If the user wants this, repeat the call with confirmationToken, all other arguments unchanged.',
  human: (url: string | null) =>
    `Nothing was changed. A person has to allow this at ${url}: give the user that link. Then repeat the call with confirmationToken, all other arguments unchanged.`,
} as const;
