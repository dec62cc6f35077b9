import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { LIMITS } from '#kernel';
import { type Claim, claimDataDirectory } from './claim.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { endLeftoverServer, type ServerProcess, startServer } from './server-process.ts';

export type EmbeddedPostgres = {
  /** For the superuser, over the Unix socket. Holds the password and stays the same over restarts. */
  readonly url: string;
  /** Of the server that runs now. */
  readonly pid: number;
  /** Ends the server, within LIMITS.databaseStopMilliseconds. */
  stop(): Promise<void>;
};

/**
 * Our own PostgreSQL 18 on `dataDirectory` (made on first use): durable, reachable over a Unix socket by whoever may read
 * the password, and running for as long as this process does. When it dies it is started again, with the same url;
 * connections break meanwhile. However this process ends, PostgreSQL ends too, at the next start at the latest.
 *
 * @throws DataDirectoryInUse where another process runs one here; Error with the end of PostgreSQL's log where it does not start.
 */
export async function startEmbeddedPostgres({ dataDirectory, log }: { dataDirectory: string; log: (line: string) => void }): Promise<EmbeddedPostgres> {
  const claim = await claimDataDirectory(dataDirectory);
  const stopping = new AbortController();
  try {
    const cluster = await openCluster(dataDirectory, endLeftoverServer);
    return new Supervisor(cluster, claim, log, stopping, await startServer(cluster, stopping.signal));
  } catch (error) {
    await claim.release();
    throw error;
  }
}

class Supervisor implements EmbeddedPostgres {
  readonly url: string;
  readonly #cluster: Cluster;
  readonly #claim: Claim;
  readonly #log: (line: string) => void;
  readonly #stopping: AbortController;
  readonly #stopped: Promise<void>;
  #server: ServerProcess;

  constructor(cluster: Cluster, claim: Claim, log: (line: string) => void, stopping: AbortController, server: ServerProcess) {
    this.url = cluster.url;
    this.#cluster = cluster;
    this.#claim = claim;
    this.#log = log;
    this.#stopping = stopping;
    this.#server = server;
    this.#stopped = this.#keepRunning();
  }

  get pid(): number {
    return this.#server.pid;
  }

  stop(): Promise<void> {
    this.#stopping.abort();
    return this.#stopped;
  }

  async #keepRunning(): Promise<void> {
    const { signal } = this.#stopping;
    const stop = once(signal, 'abort');
    while (!signal.aborted) {
      await Promise.race([this.#server.ended, stop]);
      if (!signal.aborted) await this.#startAgain(await this.#server.ended, signal);
    }
    await this.#server.stop();
    await rm(this.#cluster.socketDirectory, { recursive: true, force: true });
    await this.#claim.release();
  }

  async #startAgain(cause: string, signal: AbortSignal): Promise<void> {
    this.#log(`PostgreSQL ended unexpectedly (${cause}) and is started again`);
    const { first, longest } = LIMITS.databaseRestartMilliseconds;
    for (let wait: number = first; !signal.aborted; wait = Math.min(2 * wait, longest)) {
      try {
        await pause(wait, undefined, { signal });
        this.#server = await startServer(this.#cluster, signal);
        return;
      } catch (error) {
        if (!signal.aborted) this.#log(error instanceof Error ? error.message : String(error));
      }
    }
  }
}
