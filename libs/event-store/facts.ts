import { type Clock, type RandomBytes, uuidv7 } from '#kernel';
import type { AppendRequest, NewEvent } from './port.ts';
import { sealRow } from './vault-row.ts';

/** What was decided on one stream, with its events as they are stored. */
export type Decided = {
  readonly stream: string;
  /** How many events the stream held when it was decided. */
  readonly expected: number;
  readonly events: readonly Omit<NewEvent, 'id'>[];
  /** Streams that must not exist yet and exist afterwards: uniqueness across streams. */
  readonly reserve?: readonly string[];
  /** Kept encrypted in the vault, referred to by id from the events. */
  readonly names?: readonly { readonly id: string; readonly value: unknown }[];
};

export type Facts = Required<Pick<AppendRequest, 'streams' | 'vault'>>;

/** The part of an append that one decision is. Facts of several decisions may go into one append. */
export function factsOf(
  { stream, expected, events, reserve = [], names = [] }: Decided,
  means: { readonly vaultKey: Uint8Array; readonly clock: Clock; readonly random: RandomBytes },
): Facts {
  const { vaultKey, clock, random } = means;
  const identified = (event: Omit<NewEvent, 'id'>): NewEvent => ({ id: uuidv7(clock(), random), ...event });
  return {
    streams: [
      { stream, expected, events: events.map(identified) },
      ...reserve.map((name) => ({ stream: name, expected: 0, events: [identified(reservationOf(name))] })),
    ],
    vault: names.map(({ id, value }) => sealRow(vaultKey, 'name', id, value, random)),
  };
}

function reservationOf(stream: string): Omit<NewEvent, 'id'> {
  const domain = stream.slice(0, stream.indexOf('.'));
  return { type: `${domain}.NameReserved`, version: 1, body: Buffer.from('{}') };
}
