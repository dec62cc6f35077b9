import { type EventReader, type Facts, factsOf } from '#event-store';
import { type Clock, isRefusal, type RandomBytes } from '#kernel';
import type { CatalogueEntry } from '#tools';
import type { RecordedCall } from '../record.ts';
import { type Confirmation, type ConfirmationEvent, confirmationStream } from '../streams.ts';
import { refused, type Verdict } from '../verdict.ts';
import { invalid, judge, tooLate } from './judge.ts';
import { ruleInForce } from './rule.ts';
import { type ConfirmationToken, mintToken, readToken } from './token.ts';

/** How a write is confirmed, as far as that is known before it is prepared. */
export type Opening =
  | { readonly kind: 'unneeded' }
  /** The caller has not said `confirm: true`. */
  | { readonly kind: 'flag' }
  /** To be asked for. */
  | { readonly kind: 'new'; readonly rule: 'token' | 'human'; readonly token: ConfirmationToken }
  /** This call brought a token that is its own; `waiting`: for a person. */
  | { readonly kind: 'presented'; readonly token: ConfirmationToken; readonly waiting: boolean; readonly found: Found };

/** A confirmation, after so many events. */
export type Found = { readonly confirmation: Confirmation; readonly revision: number };

export type OpeningMeans = { readonly events: EventReader; readonly clock: Clock; readonly random: RandomBytes };

/** The write's own arguments and key, all of which a token is bound to, and what was said to confirm it. */
export type WriteArguments = {
  readonly bound: Readonly<Record<string, unknown>>;
  readonly confirmationToken: string | undefined;
  readonly confirm: boolean;
};

/** A token that is brought is judged whatever the rule, and before anything of the write is prepared. */
export async function openConfirmation(entry: CatalogueEntry, given: WriteArguments, recorded: RecordedCall, means: OpeningMeans): Promise<Opening | Verdict> {
  const { caller, policy } = recorded.principal;
  const rule = ruleInForce(entry, policy);
  if (given.confirmationToken === undefined) {
    if (rule === 'none' || (rule === 'flag' && given.confirm)) return { kind: 'unneeded' };
    return rule === 'flag' ? { kind: 'flag' } : { kind: 'new', rule, token: mintToken(means.random) };
  }

  const token = readToken(given.confirmationToken);
  if (token === null) return refused(invalid('confirmationToken is not a token of ours.'));
  const found = await findConfirmation(means.events, token.confirmationId);
  const use = { token, caller, tool: entry.name, definition: entry.definition, arguments: given.bound, rule, now: means.clock() };
  const judgement = judge(found?.confirmation ?? null, use);
  if (isRefusal(judgement)) return refused(judgement);
  if (found === null) throw new Error(`the confirmation ${token.confirmationId} was judged and does not exist`);
  if (judgement === 'late') return refused(tooLate(), expires(found, recorded.principal.keys.vault, means));
  return { kind: 'presented', token, waiting: judgement === 'waiting', found };
}

export async function findConfirmation(events: EventReader, confirmationId: string): Promise<Found | null> {
  const past = await events.readStream(confirmationStream.nameOf(confirmationId));
  const confirmation = past.reduce(
    (state, { type, body }) => confirmationStream.evolve(state, confirmationStream.parse(type, JSON.parse(body.toString('utf8')))),
    confirmationStream.initial,
  );
  return confirmation === null ? null : { confirmation, revision: past.length };
}

type FactsMeans = Pick<OpeningMeans, 'clock' | 'random'>;

/** Somebody came too late. What was shown goes, here and wherever a question is settled. */
export function expires(found: Found, vaultKey: Uint8Array, means: FactsMeans): Facts {
  const { confirmationId } = found.confirmation.request;
  return settles(found, { type: 'ConfirmationExpired', data: { confirmationId } }, vaultKey, means);
}

export function settles(found: Found, event: ConfirmationEvent, vaultKey: Uint8Array, means: FactsMeans): Facts {
  const { confirmationId } = found.confirmation.request;
  return confirmationFacts(confirmationId, found.revision, event, { vaultKey, ...means }, [{ id: confirmationId, value: null }]);
}

export function confirmationFacts(
  confirmationId: string,
  expected: number,
  event: ConfirmationEvent,
  means: FactsMeans & { readonly vaultKey: Uint8Array },
  names: readonly { readonly id: string; readonly value: unknown }[] = [],
): Facts {
  return factsOf({ stream: confirmationStream.nameOf(confirmationId), expected, events: [confirmationStream.encode(event)], names }, means);
}
