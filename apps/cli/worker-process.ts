import { type ChildProcess, fork } from 'node:child_process';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Log } from '#platform';

/** What the worker is told over IPC; it holds secrets, so neither arguments nor environment will do. */
export const workerOrders = z.strictObject({ databaseUrl: z.string(), dataDirectory: z.string(), deploymentKey: z.string(), publicUrl: z.string() });
export type WorkerOrders = z.infer<typeof workerOrders>;

/** Background work yields the processor to calls. */
const NICE = 10;
const RESTART_MILLISECONDS = 1_000;

export type Worker = { stop(): Promise<void> };

/**
 * Sealing, following views and exports, in a process of their own so that calls never wait for them. Ends when this
 * process ends, however that happens (its end of the IPC channel closes); started again when it dies by itself.
 */
export function startWorker(orders: WorkerOrders, log: Log): Worker {
  let stopping = false;
  let restart: NodeJS.Timeout | undefined;
  let child = spawn();

  function spawn(): ChildProcess {
    const worker = fork(join(import.meta.dirname, 'main.js'), ['worker'], {
      execArgv: ['--enable-source-maps'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    worker.once('spawn', () => {
      if (worker.pid !== undefined) setPriority(worker.pid, NICE);
      worker.send(orders);
    });
    worker.once('exit', (code, signal) => {
      if (stopping) return;
      log.warn('the worker ended and is started again', { code, signal });
      restart = setTimeout(() => {
        child = spawn();
      }, RESTART_MILLISECONDS);
    });
    worker.on('error', (error) => log.error('the worker could not be reached', { error }));
    return worker;
  }

  return {
    async stop() {
      stopping = true;
      clearTimeout(restart);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}
