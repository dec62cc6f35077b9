import { rm } from 'node:fs/promises';

export default async function stopPostgres() {
  const { directory, postgres } = globalThis.deponentTestServer;
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
}
