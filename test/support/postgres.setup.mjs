import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// Node strips the types; the condition `deponent-source` on the command line leads `#kernel` to the sources.
import { startEmbeddedPostgres } from '../../libs/platform/embedded-postgres/index.ts';
import stopPostgres from './postgres.teardown.mjs';

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/**
 * One PostgreSQL for the run, as durable as in production; `database.ts` clones databases on it. It stands in the run's
 * directory, which tests may use too: it goes with the run, also when that is interrupted.
 */
export default async function startPostgres() {
  const directory = await mkdtemp(join(tmpdir(), 'deponent-test-'));
  // Others may enter, so that tests of root can run something as another user in it.
  await chmod(directory, 0o755);
  const postgres = await startEmbeddedPostgres({ dataDirectory: join(directory, 'postgres'), log: (line) => process.stderr.write(`${line}\n`) });
  globalThis.deponentTestRun = { directory, postgres };
  process.env.DEPONENT_TEST_DIRECTORY = directory;
  process.env.DEPONENT_TEST_POSTGRES = postgres.url;
  // Not `once`: a listener that is gone lets others end the process at once.
  for (const [signal, status] of Object.entries(SIGNALS)) {
    process.on(signal, () => stopPostgres().finally(() => process.exit(status)));
  }
}
