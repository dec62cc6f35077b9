import { LIMITS, RECORD_ID_PATTERN } from '#kernel';
import type { AppendRequest, NewEvent } from './port.ts';

const PRINTABLE_ASCII = /^[\x20-\x7e]+$/;

/**
 * Throws where a request breaks the port's rules whatever the store holds: a defect of the caller, found before the
 * request can share a commit with those of others.
 */
export function requireWellFormed({ organization, streams, assert = {}, bump = [], vault = [] }: AppendRequest): void {
  const events = streams.flatMap((one) => one.events);
  requireName('organization', organization);
  for (const { stream, expected } of streams) {
    requireName('stream', stream);
    if (expected !== 'any' && !isCount(expected)) throw new TypeError(`expected revision of ${stream} is ${expected}`);
  }
  for (const event of events) requireEvent(event);
  for (const [name, value] of Object.entries(assert)) {
    requireName('counter', name);
    if (!isCount(value)) throw new TypeError(`asserted value of ${name} is ${value}`);
  }
  for (const name of bump) requireName('counter', name);
  for (const row of vault) requireName('vault row', row.id);
  requireDistinct('stream', streams, (one) => one.stream);
  requireDistinct('event id', events, (event) => event.id);
  requireDistinct('bumped counter', bump, (name) => name);
  requireDistinct('vault row', vault, (row) => `${row.kind}/${row.id}`);
  // An append is found again by its event ids, so what has none could not be repeated safely.
  if (events.length === 0 && bump.length + vault.length > 0) throw new TypeError('an append that writes has at least one event');
}

function requireEvent({ id, type, version }: NewEvent): void {
  requireName('event type', type);
  if (!RECORD_ID_PATTERN.test(id)) throw new TypeError(`event id ${id} is no lower-case UUIDv7`);
  if (!isCount(version) || version === 0) throw new TypeError(`version of ${type} is ${version}`);
}

function requireName(what: string, name: string): void {
  if (name.length > LIMITS.storedNameCharacters || !PRINTABLE_ASCII.test(name)) throw new TypeError(`${what} is no stored name: ${JSON.stringify(name)}`);
}

function requireDistinct<Item>(what: string, items: readonly Item[], key: (item: Item) => string): void {
  if (items.length > 1 && new Set(items.map(key)).size < items.length) throw new TypeError(`one append names a ${what} twice`);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
