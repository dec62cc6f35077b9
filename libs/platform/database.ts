import pg from 'pg';
import { DataSource } from 'typeorm';
import type { Database as SqlDatabase } from '#event-store';
import { type Connect, unavailable } from '#event-store/postgres';
import { LIMITS } from '#kernel';

/** The pool that reads and view writes go through, and a way to open connections outside it. */
export type Database = {
  /** For adapters that tell outages apart themselves. */
  readonly pool: pg.Pool;
  /** The same pool for everybody else: an outage is a StoreUnavailable, after a bounded time also where the database says nothing. */
  readonly sql: SqlDatabase;
  readonly connect: Connect;
  close(): Promise<void>;
};

const POOL_CONNECTIONS = 10;
const CONNECT_MILLISECONDS = 3_000;
const STATEMENT_MILLISECONDS = 20_000;
/** The database itself ends a statement that takes too long; one that has fallen silent does not. */
const SILENCE_MILLISECONDS = STATEMENT_MILLISECONDS + 2_000;

/** TypeORM owns the pool (and, in migrate.ts, the migrations); everything else is SQL through it. */
export async function openDatabase(url: string, applicationName: string, onLost: (error: unknown) => void): Promise<Database> {
  const source = new DataSource({
    type: 'postgres',
    url,
    applicationName,
    poolSize: POOL_CONNECTIONS,
    connectTimeoutMS: CONNECT_MILLISECONDS,
    poolErrorHandler: onLost,
    installExtensions: false,
    extra: { statement_timeout: STATEMENT_MILLISECONDS, query_timeout: SILENCE_MILLISECONDS, allowExitOnIdle: true },
  });
  await source.initialize();
  const pool = poolOf(source);
  return {
    pool,
    sql: tellingOutages(pool),
    async connect() {
      const client = new pg.Client({ connectionString: url, application_name: applicationName, connectionTimeoutMillis: CONNECT_MILLISECONDS });
      await client.connect();
      return client;
    },
    close: () => source.destroy(),
  };
}

function tellingOutages(pool: pg.Pool): SqlDatabase {
  return {
    query: <Row extends object>(text: string, values: readonly unknown[] = []) => {
      const query: pg.QueryConfig & { query_timeout: number } = { text, values: [...values], query_timeout: LIMITS.readMilliseconds };
      return told(pool.query<Row & pg.QueryResultRow>(query));
    },
    async connect() {
      const client = await told(pool.connect());
      // A connection may break between two statements. The next one says so; nobody else listens.
      const ignore = () => undefined;
      client.on('error', ignore);
      return {
        query: <Row extends object>(text: string, values: readonly unknown[] = []) => told(client.query<Row & pg.QueryResultRow>(text, [...values])),
        release(destroy) {
          client.off('error', ignore);
          client.release(destroy);
        },
      };
    },
  };
}

async function told<Result>(asked: Promise<Result>): Promise<Result> {
  try {
    return await asked;
  } catch (error) {
    throw unavailable(error);
  }
}

/** TypeORM's PostgreSQL driver keeps its pool in `master`, which its types do not say. */
function poolOf(source: DataSource): pg.Pool {
  const pool = 'master' in source.driver ? source.driver.master : null;
  if (pool instanceof pg.Pool) return pool;
  throw new Error('TypeORM did not open a pg pool');
}
