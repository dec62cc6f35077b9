import { type AppendRequest, type EventAppender, type Sql } from '#event-store';
import { type Clock, isRefusal, LIMITS, type RandomBytes, type Refusal, refuse } from '#kernel';
import type { Accounts } from '../accounts.ts';
import type { OrganizationKeys } from '../organization-keys.ts';
import { authorityCounter, type Principal, type Principals } from '../principal.ts';
import type { Sessions } from '../sessions.ts';

/** What changing who may do what needs. */
export type AdministrationHouse = {
  readonly sql: Sql;
  readonly store: EventAppender;
  readonly principals: Pick<Principals, 'again' | 'forget'>;
  readonly identities: { of(organization: string): Promise<{ readonly keys: OrganizationKeys }> };
  readonly accounts: Accounts;
  readonly sessions: Pick<Sessions, 'throttle'>;
  /** The scopes that tools ask for. */
  readonly mcpScopes: readonly string[];
  readonly clock: Clock;
  readonly random: RandomBytes;
};

/** What an act comes to: events with their vault rows, and what is said once they are committed. */
export type Decided<Said> = Pick<AppendRequest, 'streams' | 'vault'> & { readonly said: Said };

/** One act of administration. Decides on the actor as it is given and on views read now; may be asked again. */
export type Act<Said> = (actor: Principal, house: AdministrationHouse) => Promise<Decided<Said> | Refusal>;

/**
 * Decides an act and commits it, with the authority counter raised. The commit asserts the value at which the actor was
 * read; every change of a view that an act may read raises it, so nothing was decided on what is no longer true. Where
 * somebody else was faster, the act is decided again on how things are then.
 */
export async function administer<Said>(actor: Principal, act: Act<Said>, house: AdministrationHouse): Promise<Said | Refusal> {
  const { organization } = actor.caller;
  for (let attempt = 1; attempt <= LIMITS.administrationAttempts; attempt++) {
    const now = attempt === 1 ? actor : await house.principals.again(actor);
    if (now === null) return refuse('unauthenticated', 'This credential is no longer valid.');
    const decided = await act(now, house);
    if (isRefusal(decided)) return decided;
    const { said, ...facts } = decided;
    if (facts.streams.length === 0) return said;
    const counter = authorityCounter(organization);
    const result = await house.store.append({ organization, ...facts, bump: [counter], assert: { [counter]: now.authority } });
    house.principals.forget(organization);
    if (result.outcome === 'appended') return said;
  }
  return refuse('conflict', 'Too many changes were made at the same moment. Try again.', { retryAfterSeconds: 1 });
}
