import type { Accepted, Known } from '../decide.ts';
import type { AppendRequest, StoredEvent, VaultRow } from '../port.ts';
import type { Session, Statement } from './session.ts';

/**
 * Begins a transaction in which nobody else can append, by any process, until it ends. Read committed is what makes
 * the lock worth anything: the statement after it sees everything committed before the lock was given.
 */
export async function lockLog(session: Session): Promise<void> {
  await session.run('begin isolation level read committed; select from event_log_head for update');
}

/** Subscribers of every process listen here. */
export const CHANNEL = 'deponent_events';

/** @throws also where the server answers COMMIT with ROLLBACK, as it does in a transaction that has failed. */
export async function commitAndNotify(session: Session): Promise<void> {
  const answer = await session.run(`notify ${CHANNEL}; commit`);
  if (answer !== 'COMMIT') throw new Error(`COMMIT was answered ${answer}`);
}

export async function isStored(session: Session, id: string): Promise<boolean> {
  const { rows } = await session.query('select from events where id = $1', [id]);
  return rows.length > 0;
}

const LOOK_UP: Statement = {
  name: 'event-store: look up',
  text: `
    select 'head' as kind, '' as key, position as value, recorded_at
      from (select position, recorded_at from events order by position desc limit 1) as newest
    union all
    select 'stream', asked.stream, newest.revision, 0
      from unnest($1::text[]) as asked (stream),
      lateral (select revision from events where stream = asked.stream order by revision desc limit 1) as newest
    union all
    select 'event', id::text, position, 0 from events where id = any ($2::uuid[])
    union all
    select 'counter', name, value, 0 from counters where name = any ($3::text[])`,
};

type Found = { kind: 'head' | 'stream' | 'event' | 'counter'; key: string; value: string; recorded_at: string };

/** Everything a batch is decided on, in one round trip. */
export async function lookUp(session: Session, batch: readonly { readonly request: AppendRequest }[]): Promise<Known> {
  const streams = new Set<string>();
  const ids = new Set<string>();
  const counters = new Set<string>();
  for (const { request } of batch) {
    for (const { stream, events } of request.streams) {
      streams.add(stream);
      for (const { id } of events) ids.add(id);
    }
    for (const name in request.assert) counters.add(name);
    for (const name of request.bump ?? []) counters.add(name);
  }
  const { rows } = await session.execute<Found>(LOOK_UP, [[...streams], [...ids], [...counters]]);
  return knownFrom(rows);
}

function knownFrom(rows: readonly Found[]): Known {
  const known: Known = { head: 0, recordedAt: 0, revisions: new Map(), counters: new Map(), positions: new Map() };
  for (const { kind, key, value, recorded_at } of rows) {
    if (kind === 'stream') known.revisions.set(key, Number(value));
    else if (kind === 'event') known.positions.set(key, Number(value));
    else if (kind === 'counter') known.counters.set(key, Number(value));
    else Object.assign(known, { head: Number(value), recordedAt: Number(recorded_at) });
  }
  return known;
}

const WRITE: Statement = {
  name: 'event-store: write',
  text: `
    with stored as (
      insert into events (position, organization, stream, revision, id, type, version, body, recorded_at)
      select $1::bigint + place, organization, stream, revision, id, type, version, body, $2::bigint
      from unnest($3::text[], $4::text[], $5::int[], $6::uuid[], $7::text[], $8::int[], $9::bytea[])
        with ordinality as fresh (organization, stream, revision, id, type, version, body, place)
    ), hidden as (
      insert into items_vault (organization, kind, id, ciphertext)
      select * from unnest($10::text[], $11::text[], $12::text[], $13::bytea[])
      on conflict (organization, kind, id) do update set ciphertext = excluded.ciphertext
    )
    insert into counters (name, value)
    select * from unnest($14::text[], $15::int[])
    on conflict (name) do update set value = counters.value + excluded.value`,
};

/** Writes decided appends in one statement. */
export async function write(session: Session, accepted: readonly Accepted[]): Promise<void> {
  const events = accepted.flatMap((one) => one.events);
  const [first] = events;
  if (first === undefined) return;
  const vault = new Map<string, { organization: string } & VaultRow>();
  const bumps = new Map<string, number>();
  for (const { request } of accepted) {
    for (const row of request.vault ?? []) vault.set(`${request.organization}/${row.kind}/${row.id}`, { organization: request.organization, ...row });
    for (const name of request.bump ?? []) bumps.set(name, (bumps.get(name) ?? 0) + 1);
  }
  const counters = [[...bumps.keys()], [...bumps.values()]];
  await session.execute(WRITE, [first.position - 1, first.recordedAt, ...eventColumns(events), ...vaultColumns([...vault.values()]), ...counters]);
}

function eventColumns(events: readonly StoredEvent[]): unknown[] {
  return [
    events.map((event) => event.organization),
    events.map((event) => event.stream),
    events.map((event) => event.revision),
    events.map((event) => event.id),
    events.map((event) => event.type),
    events.map((event) => event.version),
    byteaArray(events.map((event) => event.body)),
  ];
}

function vaultColumns(rows: readonly ({ organization: string } & VaultRow)[]): unknown[] {
  return [rows.map((row) => row.organization), rows.map((row) => row.kind), rows.map((row) => row.id), byteaArray(rows.map((row) => row.ciphertext))];
}

const BYTEA_OID = 17;

/**
 * `bytea[]` in PostgreSQL's binary form (array_recv): dimensions, "has nulls", element type, then length and lower bound of the
 * dimension, then every element after its length. The text form would send and parse every byte as two.
 */
function byteaArray(elements: readonly Uint8Array[]): Buffer {
  const size = elements.reduce((sum, element) => sum + 4 + element.length, 20);
  const array = Buffer.allocUnsafe(size);
  let end = 0;
  for (const word of [1, 0, BYTEA_OID, elements.length, 1]) end = array.writeInt32BE(word, end);
  for (const element of elements) {
    end = array.writeInt32BE(element.length, end);
    array.set(element, end);
    end += element.length;
  }
  return array;
}
