import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { migrate } from '../../libs/platform/migrate.ts';

export type TestDatabase = {
  readonly url: string;
  drop(): Promise<void>;
};

const TEMPLATE = 'deponent_template';
/** Any number, the same for all workers of a run. */
const TEMPLATE_LOCK = 4_021;

/** A migrated database of its own on the run's server, for one test file (some 25 ms). */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await onServer(async (server) => {
    await makeTemplateOnce(server);
    await server.query(`create database ${name} template ${TEMPLATE}`);
  });
  return { url: urlOf(name), drop: () => onServer(async (server) => void (await server.query(`drop database if exists ${name} with (force)`))) };
}

/** Whoever comes first in a run migrates; `datistemplate` says that it was completed. */
async function makeTemplateOnce(server: Client): Promise<void> {
  const made = async () => (await server.query('select 1 from pg_database where datname = $1 and datistemplate', [TEMPLATE])).rowCount === 1;
  if (await made()) return;
  await server.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  try {
    if (await made()) return;
    await server.query(`drop database if exists ${TEMPLATE}`);
    await server.query(`create database ${TEMPLATE}`);
    await migrate(urlOf(TEMPLATE));
    await server.query(`alter database ${TEMPLATE} is_template true`);
  } finally {
    await server.query('select pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
  }
}

async function onServer<Result>(act: (server: Client) => Promise<Result>): Promise<Result> {
  const server = new Client({ connectionString: urlOf('postgres') });
  await server.connect();
  try {
    return await act(server);
  } finally {
    await server.end();
  }
}

/** The run's server, started by `postgres.setup.mjs`. */
function urlOf(database: string): string {
  const url = new URL(process.env.DEPONENT_TEST_POSTGRES ?? '');
  url.pathname = `/${database}`;
  return url.href;
}
