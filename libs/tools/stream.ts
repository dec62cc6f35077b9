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
  /**
   * An event as it is stored: type `<domain>.<EventName>`, schema version, JSON bytes. Throws where it does not fit its
   * schema (a defect): types let members pass that nobody declared, and a name among them would stay for ever.
   */
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
  const schemaOf = (name: string): z.ZodObject => {
    const schema = Object.hasOwn(events, name) ? events[name] : undefined;
    if (schema === undefined) throw new Error(`stream ${domain}.${noun} has no event ${name}`);
    return schema;
  };
  return {
    domain,
    noun,
    schemas: events,
    nameOf: (id) => `${domain}.${noun}-${id}`,
    encode({ type, data }) {
      const body = Buffer.from(JSON.stringify(schemaOf(type).parse(data)));
      return { type: `${domain}.${type}`, version: SCHEMA_VERSION, body };
    },
    types: Object.keys(events).map((name) => `${domain}.${name}`),
    initial,
    evolve,
    parse(type, data) {
      if (!type.startsWith(`${domain}.`)) throw new Error(`stream ${domain}.${noun} has no event ${type}`);
      const name = type.slice(domain.length + 1);
      // Sound: the union is indexed by the very name whose schema has just accepted the data.
      return { type: name, data: schemaOf(name).parse(data) } as EventsOf<Schemas>;
    },
  };
}
