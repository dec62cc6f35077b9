import { once } from 'node:events';
import { runExtractions } from '#content';
import { runIndexer } from '#content/postgres';
import { runExports, runProjector, runSealer } from '#evidence';
import { LIMITS } from '#kernel';
import { backgroundHouse, extractionHouse, indexerHouse, jsonLog, openHouse } from '#platform';
import type { Command } from './command.ts';
import { exitWithin } from './exit-within.ts';
import { workerOrders } from './worker-process.ts';

/** Started by `start`, ordered over IPC, ended with it. */
export const worker: Command = {
  name: 'worker',
  synopsis: '',
  summary: 'Seals, follows, reads documents, indexes and exports in the background of a server.',
  options: {},
  async run() {
    const log = jsonLog(
      (line) => process.stderr.write(line),
      () => new Date().toISOString(),
    );
    const ended = new AbortController();
    const end = () => {
      ended.abort();
      exitWithin(LIMITS.drainMilliseconds, log);
    };
    for (const signal of ['SIGTERM', 'disconnect'] as const) process.once(signal, end);
    // Ctrl-C in a terminal reaches this process too; the server says when to end.
    process.on('SIGINT', () => undefined);

    const [message] = await once(process, 'message', { signal: ended.signal });
    const { databaseUrl, dataDirectory, deploymentKey, publicUrl } = workerOrders.parse(message);
    const key = Buffer.from(deploymentKey, 'hex');
    const house = await openHouse({ databaseUrl, dataDirectory, deployment: { key, name: '' }, publicUrl, callLimit: null, processName: 'worker', log });
    const failed = (error: unknown) => log.warn('background work is waiting for the database', { error });
    const background = backgroundHouse(house, dataDirectory, failed);
    const extraction = extractionHouse(house, dataDirectory, (error: unknown) => log.warn('a document could not be read now', { error }));
    await Promise.all([
      runSealer(background, ended.signal),
      runProjector(background, ended.signal),
      runExtractions(extraction, ended.signal),
      runIndexer(indexerHouse(house, dataDirectory, failed), ended.signal),
      runExports(background, ended.signal),
    ]);
    await house.close();
    process.disconnect?.();
    return 0;
  },
};
