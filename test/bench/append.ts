import { randomBytes } from 'node:crypto';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Pool } from 'pg';
import type { AppendRequest, EventStore } from '#event-store';
import { createPostgresEventStore, migrations } from '#event-store/postgres';
import { uuidv7 } from '#kernel';
import { startEmbeddedPostgres } from '#platform/embedded-postgres';
import { median, printTable } from './table.ts';

const ROUNDS = 3;
const MILLISECONDS = 3_000;
const CALLERS = [1, 16, 32, 64];
const BODY = Buffer.alloc(1_200, '{"call":"record"}');
const CIPHERTEXT = randomBytes(900);

/** `cpu`: microseconds of this process for each record, its making included. `batch`: records per commit. */
type Measured = { readonly perSecond: number; readonly cpu: number; readonly batch: number };

/** Durable appends of call records, one by one and group-committed, beside write + fdatasync of the same bytes on the same disk. */
export async function run(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'deponent-bench-'));
  const postgres = await startEmbeddedPostgres({ dataDirectory: join(directory, 'postgres'), log: () => undefined });
  const pool = new Pool({ connectionString: postgres.url, max: 2 });
  pool.on('error', () => undefined);
  for (const { sql } of migrations) await pool.query(sql);
  const connect = () => new Client({ connectionString: postgres.url }).connect();
  const store = createPostgresEventStore({ pool, connect, inlineViews: [], clock: Date.now });
  try {
    await measureStore(store, pool, 64);
    const measured = new Map<string, Measured[]>();
    const add = (name: string, one: Measured) => measured.set(name, [...(measured.get(name) ?? []), one]);
    for (let round = 0; round < ROUNDS; round++) {
      add('write + fdatasync, each record', measureDisk(directory, 1));
      add('write + fdatasync, 16 records', measureDisk(directory, 16));
      for (const callers of CALLERS) add(`append, callers: ${callers}`, await measureStore(store, pool, callers));
    }
    print(measured);
  } finally {
    await store.close();
    await pool.end();
    await postgres.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

function callRecord(): AppendRequest {
  const id = uuidv7(Date.now(), randomBytes);
  return {
    organization: 'org_bench',
    streams: [{ stream: `calls.call-${id}`, expected: 0, events: [{ id, type: 'deponent.call.answered.v1', version: 1, body: BODY }] }],
    assert: { 'authority/org_bench': 0 },
    vault: [{ kind: 'disclosure', id, ciphertext: CIPHERTEXT }],
  };
}

async function measureStore(store: EventStore, pool: Pool, callers: number): Promise<Measured> {
  const before = await store.head();
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() < start + MILLISECONDS) await store.append(callRecord());
    }),
  );
  const seconds = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const appends = (await store.head()) - before;
  // A commit is a transaction, whose id is on every row it wrote.
  const { rows } = await pool.query<{ commits: number }>('select count(distinct xmin::text)::int as commits from events where position > $1', [before]);
  return { perSecond: appends / seconds, cpu: (user + system) / appends, batch: appends / (rows[0]?.commits ?? 0) };
}

function measureDisk(directory: string, records: number): Measured {
  const path = join(directory, 'raw');
  const file = openSync(path, 'w');
  const bytes = Buffer.concat(Array.from({ length: records }, () => [BODY, CIPHERTEXT]).flat());
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  let written = 0;
  while (performance.now() < start + MILLISECONDS) {
    writeSync(file, bytes);
    fdatasyncSync(file);
    written += records;
  }
  const seconds = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  closeSync(file);
  rmSync(path);
  return { perSecond: written / seconds, cpu: (user + system) / written, batch: records };
}

function print(measured: ReadonlyMap<string, readonly Measured[]>): void {
  const of = (name: string, key: keyof Measured) => median((measured.get(name) ?? []).map((one) => one[key]));
  const single = of('append, callers: 1', 'perSecond');
  const raw = of('write + fdatasync, each record', 'perSecond');
  printTable(
    `Durable appends of a call record (${BODY.length} B event, ${CIPHERTEXT.length} B vault row), medians of ${ROUNDS}`,
    [...measured.keys()].map((name) => ({
      what: name,
      'records/s': of(name, 'perSecond'),
      'x raw single': of(name, 'perSecond') / raw,
      'x append single': of(name, 'perSecond') / single,
      'records/commit': of(name, 'batch'),
      'Node CPU us/record': of(name, 'cpu'),
    })),
  );
}
