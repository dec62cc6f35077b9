import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// Node strips the types; the condition `deponent-source` on the command line leads `#kernel` to the sources.
import { startEmbeddedPostgres } from '../../libs/platform/embedded-postgres/index.ts';
import stopPostgres from './postgres.teardown.mjs';

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** One PostgreSQL for the run, as durable as in production. `database.ts` clones databases on it. */
export default async function startPostgres() {
  const directory = await mkdtemp(join(tmpdir(), 'deponent-test-'));
  const postgres = await startEmbeddedPostgres({ dataDirectory: join(directory, 'postgres'), log: (line) => process.stderr.write(`${line}\n`) });
  globalThis.deponentTestServer = { directory, postgres };
  process.env.DEPONENT_TEST_POSTGRES = postgres.url;
  for (const [signal, status] of Object.entries(SIGNALS)) {
    process.once(signal, () => stopPostgres().finally(() => process.exit(status)));
  }
}
