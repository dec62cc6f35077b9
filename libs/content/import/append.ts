import { type EventAppender, type Facts, factsOf } from '#event-store';
import type { Clock, RandomBytes } from '#kernel';
import { type Decision, type DomainEvent, decidedOn, type Stream } from '#tools';

type Means = { readonly vaultKey: Uint8Array; readonly clock: Clock; readonly random: RandomBytes };

/** What one decision adds to an append. */
export function partOf<State, Event extends DomainEvent>(
  stream: Stream<State, Event>,
  at: { readonly id: string; readonly revision: number },
  decision: Decision<Event>,
  { vaultKey, clock, random }: Means,
): Facts {
  return factsOf(decidedOn(stream, at, decision), { vaultKey, clock, random });
}

/** Appends the parts together. Gives the stream that another writer has changed meanwhile, or null: all are stored. */
export async function append(appender: EventAppender, organization: string, parts: readonly Facts[]): Promise<string | null> {
  const result = await appender.append({ organization, streams: parts.flatMap(({ streams }) => streams), vault: parts.flatMap(({ vault }) => vault) });
  if (result.outcome === 'stale') throw new Error('an import asserts nothing');
  return result.outcome === 'conflict' ? result.stream : null;
}
