import type { EventStore } from '#event-store';
import { authorityCounter, type Principal } from '#identity';
import { type Clock, LIMITS, type RandomBytes, type Refusal, refuse } from '#kernel';
import { type Confirmation, type ConfirmationEvent, confirmationStream } from '../streams.ts';
import { findConfirmation, follows } from './facts.ts';

/** Somebody signed in on a page of ours: never a bearer of a key or token, which is what clients have. */
export type Person = {
  readonly organization: string;
  readonly user: string;
  readonly role: Principal['role'];
  /** The organisation's key of the vault. */
  readonly vaultKey: Uint8Array;
  /** The value of the organisation's authority counter at which all this was read. */
  readonly authority: number;
};

export type AnsweringHouse = { readonly events: EventStore; readonly clock: Clock; readonly random: RandomBytes };

/** The confirmation, and on record that this person looked at it. Null: there is none that this person may answer. */
export async function showConfirmation(confirmationId: string, person: Person, house: AnsweringHouse): Promise<Confirmation | Refusal | null> {
  return change(confirmationId, person, house, ({ shownTo }) =>
    shownTo.includes(person.user) ? null : { type: 'ConfirmationShown', data: { confirmationId, userId: person.user } },
  );
}

/** Grants or denies. What was denied, has expired or was used stays so; what was granted can be denied until it is used. */
export async function answerConfirmation(
  confirmationId: string,
  answer: 'grant' | 'deny',
  person: Person,
  house: AnsweringHouse,
): Promise<Confirmation | Refusal | null> {
  return change(confirmationId, person, house, ({ status, request }) => {
    if (status !== 'requested' && !(status === 'granted' && answer === 'deny')) return null;
    if (house.clock() >= request.expiresAt) return { type: 'ConfirmationExpired', data: { confirmationId } };
    return { type: answer === 'grant' ? 'ConfirmationGranted' : 'ConfirmationDenied', data: { confirmationId, userId: person.user } };
  });
}

/** One event on the confirmation, decided on what it is now and on what this person may do now; null: nothing to add. */
async function change(
  confirmationId: string,
  person: Person,
  house: AnsweringHouse,
  decide: (confirmation: Confirmation) => ConfirmationEvent | null,
): Promise<Confirmation | Refusal | null> {
  for (let attempt = 1; attempt <= LIMITS.decisionAttempts; attempt++) {
    const found = await findConfirmation(house.events, confirmationId);
    if (found === null || !mayAnswer(found.confirmation, person)) return null;
    const event = decide(found.confirmation);
    if (event === null) return found.confirmation;
    const result = await house.events.append({
      organization: person.organization,
      ...follows(found, event, { ...house, vaultKey: person.vaultKey }),
      assert: { [authorityCounter(person.organization)]: person.authority },
    });
    if (result.outcome === 'appended') return confirmationStream.evolve(found.confirmation, event);
    if (result.outcome === 'stale') break;
  }
  return refuse('unavailable', 'Something changed in between. Load the page again.', { retryAfterSeconds: 1 });
}

/** Whoever the client acts for, and the owners and admins of the organisation, who may do more than that person anyway. */
function mayAnswer({ request }: Confirmation, { organization, user, role }: Person): boolean {
  if (request.organizationId !== organization || request.rule !== 'human') return false;
  return request.userId === user || role === 'owner' || role === 'admin';
}
