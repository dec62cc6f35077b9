import { rm } from 'node:fs/promises';

export default async function stopPostgres() {
  const { directory, postgres } = globalThis.deponentTestRun;
  await postgres.stop();
  // Where the run was interrupted, a server of a test may be writing its last.
  await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}
