import { type EventReader, type Facts, factsOf } from '#event-store';
import type { Clock, RandomBytes } from '#kernel';
import { type Confirmation, type ConfirmationEvent, confirmationStream } from '../streams.ts';
import type { Shown } from './shown.ts';

/** A confirmation, after so many events. */
export type Found = { readonly confirmation: Confirmation; readonly revision: number };

export async function findConfirmation(events: EventReader, confirmationId: string): Promise<Found | null> {
  const past = await events.readStream(confirmationStream.nameOf(confirmationId));
  const confirmation = past.reduce(
    (state, { type, body }) => confirmationStream.evolve(state, confirmationStream.parse(type, JSON.parse(body.toString('utf8')))),
    confirmationStream.initial,
  );
  return confirmation === null ? null : { confirmation, revision: past.length };
}

export type FactsMeans = { readonly vaultKey: Uint8Array; readonly clock: Clock; readonly random: RandomBytes };

/** A question, and what the person who is asked is shown. */
export function asks(event: Extract<ConfirmationEvent, { type: 'ConfirmationRequested' }>, shown: Shown, means: FactsMeans): Facts {
  return factsOn(event, 0, [{ id: event.data.confirmationId, value: shown }], means);
}

/** What becomes of a question. Whatever settles it also empties what was shown: no text of a file outlives its question. */
export function follows({ revision }: Found, event: ConfirmationEvent, means: FactsMeans): Facts {
  return factsOn(event, revision, SETTLING.has(event.type) ? [{ id: event.data.confirmationId, value: null }] : [], means);
}

/** Nothing new: only that the question is still as it was found. Who refuses a token relies on that like who takes it. */
export function unchanged({ confirmation, revision }: Found): Facts {
  return { streams: [{ stream: confirmationStream.nameOf(confirmation.request.confirmationId), expected: revision, events: [] }], vault: [] };
}

const SETTLING: ReadonlySet<ConfirmationEvent['type']> = new Set(['ConfirmationDenied', 'ConfirmationExpired', 'ConfirmationConsumed'] as const);

function factsOn(
  event: ConfirmationEvent,
  expected: number,
  names: readonly { readonly id: string; readonly value: Shown | null }[],
  means: FactsMeans,
): Facts {
  const { confirmationId } = event.data;
  return factsOf({ stream: confirmationStream.nameOf(confirmationId), expected, events: [confirmationStream.encode(event)], names }, means);
}
