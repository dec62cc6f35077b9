import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { migrations as eventStore } from '#event-store/postgres';
import { migrations as evidence, type SealingHouse, sealNext } from '#evidence';
import { emptyEdge, eventHash, grow, leafHash, writeLeaf } from '#ledger';
import { startEmbeddedPostgres } from '#platform/embedded-postgres';
import { callRecord, logIdentities } from '../support/records.ts';
import { median, printTable } from './table.ts';

const ROUNDS = 3;
const RECORDS = 40_000;
const CALLS_PER_GROUP = 20;
/** So many groups are under way at once, so the records of one lie far apart. */
const GROUPS_AT_ONCE = 50;
const PAGE = 4_000;

/** Sealing stored records with the group map, without (each call a group of one), and what of it is hashing alone. */
export async function run(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'deponent-bench-'));
  const postgres = await startEmbeddedPostgres({ dataDirectory: join(directory, 'postgres'), log: () => undefined });
  const pool = new Pool({ connectionString: postgres.url, max: 2 });
  pool.on('error', () => undefined);
  const organizations = Array.from({ length: ROUNDS }, (_, round) => [`org_grouped_${round}`, `org_single_${round}`] as const);
  const house: SealingHouse = { database: pool, identities: logIdentities(...organizations.flat()), clock: Date.now };
  try {
    for (const { sql } of [...eventStore, ...evidence]) await pool.query(sql);
    const rates = { grouped: [] as number[], single: [] as number[], hashing: [] as number[] };
    for (const [grouped, single] of organizations) {
      const texts = await fill(pool, grouped, (call) => `case-${groupOf(call)}`);
      await fill(pool, single, () => null);
      await pool.query('analyze events');
      rates.hashing.push(hashAlone(texts));
      rates.grouped.push(await sealAll(house, grouped));
      rates.single.push(await sealAll(house, single));
    }
    print(rates);
  } finally {
    await pool.end();
    await postgres.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

function groupOf(call: number): number {
  return Math.floor(call / (GROUPS_AT_ONCE * CALLS_PER_GROUP)) * GROUPS_AT_ONCE + (call % GROUPS_AT_ONCE);
}

/** Writes the events directly: what is measured is not the append. */
async function fill(pool: Pool, organization: string, externalIdOf: (call: number) => string | null): Promise<string[]> {
  const texts: string[] = [];
  for (let from = 0; from < RECORDS; from += PAGE) {
    const events = Array.from({ length: PAGE }, (_, at) => callRecord({ organization, externalId: externalIdOf(from + at) })).map(({ event, request }) => ({
      id: event.id,
      text: Buffer.from(request.streams[0]!.events[0]!.body).toString('utf8'),
    }));
    await pool.query(
      `insert into events (position, organization, stream, revision, id, type, version, body, recorded_at)
       select (select coalesce(max(position), 0) from events) + place, $1, 'calls.call-' || id, 1, id, 'deponent.call.answered.v1', 1, convert_to(body, 'UTF8'), 0
         from unnest($2::uuid[], $3::text[]) with ordinality as made (id, body, place)`,
      [organization, events.map(({ id }) => id), events.map(({ text }) => text)],
    );
    texts.push(...events.map(({ text }) => text));
  }
  return texts;
}

async function sealAll(house: SealingHouse, organization: string): Promise<number> {
  const start = performance.now();
  let records = 0;
  for (let sealed = await sealNext(house, organization); sealed !== null; sealed = await sealNext(house, organization)) records += sealed.records;
  if (records !== RECORDS) throw new Error(`${records} of ${RECORDS} records were sealed`);
  return perSecond(start);
}

/** Leaves and tree in memory: what any log of these records has to do at least. */
function hashAlone(texts: readonly string[]): number {
  const start = performance.now();
  grow(
    emptyEdge,
    texts.map((text) => leafHash(writeLeaf(text, { eventHash: eventHash(text), groupPrev: null, groupSeq: 1, v: 1 }))),
  );
  return perSecond(start);
}

function perSecond(start: number): number {
  return RECORDS / ((performance.now() - start) / 1_000);
}

function print(rates: { readonly grouped: readonly number[]; readonly single: readonly number[]; readonly hashing: readonly number[] }): void {
  const hashing = median(rates.hashing);
  const row = (name: string, values: readonly number[]) => ({ '': name, 'records/s': median(values), 'of hashing alone': median(values) / hashing });
  printTable(`Sealing ${RECORDS} stored records, ${CALLS_PER_GROUP} calls a group, median of ${ROUNDS}`, [
    row('leaves and tree in memory', rates.hashing),
    row('sealed, with the group map', rates.grouped),
    row('sealed, groups of one', rates.single),
  ]);
}
