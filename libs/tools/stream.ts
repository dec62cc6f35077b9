import { z } from 'zod';

/** An event as the domain sees it: a name and plain data. Ids, numbers and digests only: no names, no text. */
export type DomainEvent = { readonly type: string; readonly data: Record<string, unknown> };

/** Event types change only by optional fields; anything else will be a new version with an upcaster. */
const SCHEMA_VERSION = 1;

type EventSchemas = Record<string, z.ZodObject>;

/** The events of a stream as a union, from their schemas. */
export type EventsOf<Schemas extends EventSchemas> = {
  [Name in keyof Schemas & string]: { readonly type: Name; readonly data: z.infer<Schemas[Name]> };
}[keyof Schemas & string];

export type Stream<State, Event extends DomainEvent> = {
  readonly domain: string;
  readonly noun: string;
  readonly schemas: EventSchemas;
  /** Stored stream name of one instance: `<domain>.<noun>-<id>`. */
  nameOf(id: string): string;
  /** An event as it is stored: type `<domain>.<EventName>`, schema version, JSON bytes. */
  encode(event: Event): { readonly type: string; readonly version: number; readonly body: Buffer };
  readonly types: readonly string[];
  readonly initial: State;
  /** The state after an event. Pure. */
  evolve(state: State, event: Event): State;
  /** Reads a stored event back; throws where it does not fit its schema (a defect). */
  parse(type: string, data: unknown): Event;
};

/**
 * A stream: the events that can happen to one thing, and the state they add up to.
 *
 * @example stream({ domain: 'content', noun: 'file', events: { FileSaved: z.strictObject({…}) }, initial, evolve })
 */
export function stream<State, Schemas extends EventSchemas>(definition: {
  readonly domain: string;
  readonly noun: string;
  readonly events: Schemas;
  readonly initial: State;
  readonly evolve: (state: State, event: EventsOf<Schemas>) => State;
}): Stream<State, EventsOf<Schemas>> {
  const { domain, noun, events, initial, evolve } = definition;
  return {
    domain,
    noun,
    schemas: events,
    nameOf: (id) => `${domain}.${noun}-${id}`,
    encode: (event) => ({ type: `${domain}.${event.type}`, version: SCHEMA_VERSION, body: Buffer.from(JSON.stringify(event.data)) }),
    types: Object.keys(events).map((name) => `${domain}.${name}`),
    initial,
    evolve,
    parse(type, data) {
      const name = type.slice(domain.length + 1);
      const schema = events[name];
      if (schema === undefined || !type.startsWith(`${domain}.`)) throw new Error(`stream ${domain}.${noun} has no event ${type}`);
      // The union is indexed by the very name whose schema has just accepted the data.
      return { type: name, data: schema.parse(data) } as EventsOf<Schemas>;
    },
  };
}
