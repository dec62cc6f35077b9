import pg from 'pg';
import type { Connection, Database } from '#event-store';
import { createPostgresEventStore, type PostgresEventStore } from '#event-store/postgres';
import { isRefusal, type Refusal } from '#kernel';
import { createTestDatabase } from './database.ts';
import { type CallSketch, callRecord, type RecordedCall } from './records.ts';

/** A database of its own with an event store over it, for tests of what comes after the call. */
export type EvidenceDatabase = {
  readonly url: string;
  readonly pool: pg.Pool;
  readonly store: PostgresEventStore;
  /** Commits the record of one call. */
  record(sketch: CallSketch): Promise<RecordedCall>;
  close(): Promise<void>;
};

export async function openEvidenceDatabase(): Promise<EvidenceDatabase> {
  const { url, drop } = await createTestDatabase();
  const pool = new pg.Pool({ connectionString: url });
  pool.on('error', () => undefined);
  const connect = () => new pg.Client({ connectionString: url, pipeline: true }).connect();
  const store = createPostgresEventStore({ pool, connect, inlineViews: [], clock: Date.now });
  return {
    url,
    pool,
    store,
    async record(sketch) {
      const recorded = callRecord(sketch);
      await store.append(recorded.request);
      return recorded;
    },
    async close() {
      await store.close();
      await pool.end();
      await drop();
    },
  };
}

/** An answer that must not be a refusal. */
export function given<Answer>(answer: Answer | Refusal): Answer {
  if (isRefusal(answer)) throw new Error(`refused: ${answer.code} ${answer.message}`);
  return answer;
}

export type Fault = { readonly statement: number; readonly when: 'before' | 'after' };

/** The same database, but the server ends each connection just before or just after its n-th statement; the caller sees an error either way. */
export function failing(pool: pg.Pool, fault: Fault): Database & { readonly statements: () => number } {
  let count = 0;
  const kill = async (pid: number) => {
    await pool.query('select pg_terminate_backend($1)', [pid]);
    throw new Error(`connection killed ${fault.when} statement ${fault.statement}`);
  };
  return {
    statements: () => count,
    query: (text, values) => pool.query(text, values === undefined ? undefined : [...values]),
    async connect(): Promise<Connection> {
      const client = await pool.connect();
      client.on('error', () => undefined);
      const pid = (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]!.pid;
      return {
        async query(text, values) {
          const mine = ++count === fault.statement;
          if (mine && fault.when === 'before') await kill(pid);
          const result = await client.query(text, values === undefined ? undefined : [...values]);
          if (mine) await kill(pid);
          return result;
        },
        release: (destroy) => client.release(destroy),
      };
    },
  };
}
