import { join } from 'node:path';
import pg from 'pg';
import { LIMITS } from '#kernel';
import { checkDurability, claimDataDirectory, DataDirectoryInUse, embeddedUrl, startEmbeddedPostgres } from './embedded-postgres/index.ts';
import type { Log } from './logging.ts';
import type { Settings } from './settings.ts';

/** A PostgreSQL to work with: ours or the one of the settings. `stop` ends what was started here, and only that. */
export type DatabaseServer = { readonly url: string; readonly embedded: boolean; stop(): Promise<void> };

/** What the settings name is no database that lets us in. The message never holds the URL, which holds a password. */
class DatabaseUnreachable extends Error {
  override readonly name = 'DatabaseUnreachable';
}

/**
 * For the server process: the only one on its data directory.
 *
 * @throws DataDirectoryInUse naming the process that has it; DatabaseUnreachable; NotDurable where the database would forget.
 */
export async function openDatabaseServer({ dataDirectory, databaseUrl }: Settings, log: Log): Promise<DatabaseServer> {
  const claim = await claimDataDirectory(dataDirectory);
  try {
    const server = databaseUrl === undefined ? await startEmbedded(dataDirectory, log) : { url: databaseUrl, embedded: false, stop: async () => undefined };
    await requireDurable(server.url);
    return {
      ...server,
      async stop() {
        await server.stop();
        await claim.release();
      },
    };
  } catch (error) {
    await claim.release();
    throw error;
  }
}

/** For a command that works beside a running server: reaches its database, or starts it where no server runs. */
export async function reachDatabaseServer(settings: Settings, log: Log): Promise<DatabaseServer> {
  try {
    return await openDatabaseServer(settings, log);
  } catch (error) {
    if (!(error instanceof DataDirectoryInUse)) throw error;
    const url = settings.databaseUrl ?? (await embeddedUrl(embeddedHome(settings.dataDirectory)));
    return { url, embedded: settings.databaseUrl === undefined, stop: async () => undefined };
  }
}

function embeddedHome(dataDirectory: string): string {
  return join(dataDirectory, 'postgres');
}

async function startEmbedded(dataDirectory: string, log: Log): Promise<DatabaseServer> {
  const server = await startEmbeddedPostgres({ dataDirectory: embeddedHome(dataDirectory), log: (line) => log.warn('embedded PostgreSQL', { line }) });
  return { url: server.url, embedded: true, stop: () => server.stop() };
}

async function requireDurable(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: LIMITS.connectMilliseconds });
  try {
    await client.connect();
  } catch (cause) {
    throw new DatabaseUnreachable(`the database cannot be reached (DATABASE_URL): ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  try {
    await checkDurability(async (sql) => (await client.query<{ name: string; setting: string }>(sql)).rows);
  } finally {
    await client.end();
  }
}
