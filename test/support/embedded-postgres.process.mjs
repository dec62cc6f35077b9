// A Node process that runs an embedded PostgreSQL on the directory it is given, so that a test can kill it.
import { startEmbeddedPostgres } from '../../libs/platform/embedded-postgres/index.ts';

const [dataDirectory] = process.argv.slice(2);
const postgres = await startEmbeddedPostgres({ dataDirectory, log: (line) => console.error(line) });
process.once('SIGTERM', () => postgres.stop());
console.log(JSON.stringify({ url: postgres.url, pid: postgres.pid, seenUid: process.getuid() }));
