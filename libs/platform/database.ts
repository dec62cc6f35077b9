import pg from 'pg';
import { DataSource } from 'typeorm';
import type { Sql } from '#event-store';
import type { Connect } from '#event-store/postgres';

/** The pool that reads and view writes go through, and a way to open connections outside it. */
export type Database = {
  readonly pool: pg.Pool;
  readonly sql: Sql;
  readonly connect: Connect;
  close(): Promise<void>;
};

const POOL_CONNECTIONS = 10;
const CONNECT_MILLISECONDS = 3_000;
const STATEMENT_MILLISECONDS = 20_000;

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
    extra: { statement_timeout: STATEMENT_MILLISECONDS, allowExitOnIdle: true },
  });
  await source.initialize();
  const pool = poolOf(source);
  return {
    pool,
    sql: { query: async (text, values) => pool.query(text, values === undefined ? undefined : [...values]) },
    async connect() {
      const client = new pg.Client({ connectionString: url, application_name: applicationName, connectionTimeoutMillis: CONNECT_MILLISECONDS });
      await client.connect();
      return client;
    },
    close: () => source.destroy(),
  };
}

/** TypeORM's PostgreSQL driver keeps its pool in `master`, which its types do not say. */
function poolOf(source: DataSource): pg.Pool {
  const pool = 'master' in source.driver ? source.driver.master : null;
  if (pool instanceof pg.Pool) return pool;
  throw new Error('TypeORM did not open a pg pool');
}
