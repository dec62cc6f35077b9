import { once } from 'node:events';
import { createServer } from 'node:net';
import { variableOf } from '#platform';

/** Where a server is to listen, and the names of the setting that says so. */
export type Place = { readonly host: string; readonly port: number; readonly setting: 'mcpPort' | 'governancePort'; readonly option: string };

/** The message says which port, why, and what to set. */
class CannotListen extends Error {
  override readonly name = 'CannotListen';
}

/**
 * The port itself, found free, or one that is free now where any will do: urls are made before anything listens, and
 * whoever cannot listen should hear it before an import.
 *
 * @throws CannotListen
 */
export async function freePort(place: Place): Promise<number> {
  return listening(place, async () => {
    const probe = createServer().listen(place.port, place.host);
    await once(probe, 'listening');
    const address = probe.address();
    probe.close();
    await once(probe, 'close');
    return typeof address === 'object' && address !== null ? address.port : place.port;
  });
}

/** @throws CannotListen where the system refuses the address; what else `listen` throws goes on as it is. */
export async function listening<Result>(place: Place, listen: () => Promise<Result>): Promise<Result> {
  try {
    return await listen();
  } catch (error) {
    const reason = REASONS[error instanceof Error && 'code' in error ? String(error.code) : ''];
    if (reason === undefined) throw error;
    const { host, port, setting, option } = place;
    throw new CannotListen(
      `port ${port} of ${host} ${reason}; choose another with ${option}, ${variableOf(setting)} or "${setting}" in deponent.config.json (0 takes a free one)`,
    );
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another program',
  EACCES: 'is not open to this user',
  EADDRNOTAVAIL: 'cannot be listened on, because this machine does not have that address (DEPONENT_HOST)',
  ENOTFOUND: 'cannot be listened on, because there is no such host (DEPONENT_HOST)',
};
