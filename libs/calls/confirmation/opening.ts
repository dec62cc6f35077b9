import type { EventReader } from '#event-store';
import { type Clock, isRefusal, type RandomBytes } from '#kernel';
import type { CatalogueEntry } from '#tools';
import type { RecordedCall } from '../record.ts';
import { refused, type Verdict } from '../verdict.ts';
import { type Found, findConfirmation, follows } from './facts.ts';
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
  if (judgement === 'late') {
    const expired = { type: 'ConfirmationExpired', data: { confirmationId: token.confirmationId } } as const;
    return refused(tooLate(), follows(found, expired, { ...means, vaultKey: recorded.principal.keys.vault }));
  }
  if (recorded.call.declined === true) {
    const denied = { type: 'ConfirmationDenied', data: { confirmationId: token.confirmationId, userId: caller.user } } as const;
    return refused(invalid('The user said no.'), follows(found, denied, { ...means, vaultKey: recorded.principal.keys.vault }));
  }
  return { kind: 'presented', token, waiting: judgement === 'waiting', found };
}
