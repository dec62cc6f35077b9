import { type AppendRequest, type EventAppender, type NewEvent, sealRow } from '#event-store';
import { type Clock, type RandomBytes, uuidv7 } from '#kernel';
import type { Decision, DomainEvent, Stream } from '#tools';

type Means = { readonly vaultKey: Uint8Array; readonly clock: Clock; readonly random: RandomBytes };

/** What one decision adds to an append: its own stream, the names it reserves, the names it keeps. */
export type Part = Required<Pick<AppendRequest, 'streams' | 'vault'>>;

export function partOf<State, Event extends DomainEvent>(
  stream: Stream<State, Event>,
  at: { readonly id: string; readonly revision: number },
  { events, reserve = [], names = [] }: Decision<Event>,
  { vaultKey, clock, random }: Means,
): Part {
  const stored = (event: Omit<NewEvent, 'id'>): NewEvent => ({ id: uuidv7(clock(), random), ...event });
  const reserved = { type: 'content.NameReserved', version: 1, body: Buffer.from('{}') };
  return {
    streams: [
      { stream: stream.nameOf(at.id), expected: at.revision, events: events.map((event) => stored(stream.encode(event))) },
      ...reserve.map((name) => ({ stream: name, expected: 0, events: [stored(reserved)] })),
    ],
    vault: names.map(({ id, value }) => sealRow(vaultKey, 'name', id, value, random)),
  };
}

/** Appends the parts together. Gives the stream that another writer has changed meanwhile, or null: all are stored. */
export async function append(appender: EventAppender, organization: string, parts: readonly Part[]): Promise<string | null> {
  const result = await appender.append({ organization, streams: parts.flatMap(({ streams }) => streams), vault: parts.flatMap(({ vault }) => vault) });
  if (result.outcome === 'stale') throw new Error('an import asserts nothing');
  return result.outcome === 'conflict' ? result.stream : null;
}
