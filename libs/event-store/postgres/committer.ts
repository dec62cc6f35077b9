import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Clock, LIMITS } from '#kernel';
import type { InlineView } from '../inline-view.ts';
import { type AppendRequest, type AppendResult, StoreUnavailable } from '../port.ts';
import { requireWellFormed } from '../request.ts';
import { prepare, type Verdict } from './group-commit.ts';
import { wasCommitted } from './outcome.ts';
import { type Connect, Session } from './session.ts';
import { commitAndNotify } from './statements.ts';

export type Committer = {
  append(request: AppendRequest): Promise<AppendResult>;
  /** Lets what waits be committed, takes nothing more, and closes the connection. */
  close(): Promise<void>;
};

export type CommitterOptions = { readonly connect: Connect; readonly inlineViews: readonly InlineView[]; readonly clock: Clock };

type Waiting = {
  readonly request: AppendRequest;
  resolve(result: AppendResult): void;
  reject(error: unknown): void;
};

/**
 * One committer per process, one batch under way at a time: while a batch is made durable, the next one gathers.
 * The more callers, the larger the batches, and the less a commit costs each of them.
 */
export function createCommitter({ connect, inlineViews, clock }: CommitterOptions): Committer {
  const queue: Waiting[] = [];
  let session: Session | undefined;
  let draining: Promise<void> | undefined;
  let closed = false;

  async function append(request: AppendRequest): Promise<AppendResult> {
    requireWellFormed(request);
    if (closed) throw new StoreUnavailable('the event store is closed', 'none');
    if (queue.length >= LIMITS.appendsWaiting) throw new StoreUnavailable('too many appends wait for a commit', 'none');
    return new Promise((resolve, reject) => {
      queue.push({ request, resolve, reject });
      draining ??= drain();
    });
  }

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      // Those just answered have their next append ready by then: measured, half as much again at 16 callers.
      await nextTurn();
      await serve(takeBatch(queue));
    }
    draining = undefined;
  }

  async function serve(batch: readonly Waiting[]): Promise<void> {
    try {
      for (const [caller, verdict] of await commit(batch)) tell(caller, verdict);
    } catch (error) {
      if (error instanceof StoreUnavailable) {
        for (const { reject } of batch) reject(error);
        // Whoever queues behind an outage would only wait for the same answer.
        for (const { reject } of queue.splice(0)) reject(new StoreUnavailable(error.message, 'none', { cause: error }));
      } else if (batch.length > 1) {
        // The database refuses something in this batch: alone, each caller gets the answer it deserves.
        for (const one of batch) await serve([one]);
      } else {
        for (const { reject } of batch) reject(error);
      }
    }
  }

  /** @throws StoreUnavailable, or what the database refused: nothing of the batch is committed then, unless the outcome is `unknown`. */
  async function commit(batch: readonly Waiting[]): Promise<readonly (readonly [Waiting, Verdict])[]> {
    const current = await connected();
    const watchdog = setTimeout(() => current.cut(), LIMITS.commitMilliseconds);
    try {
      const { verdicts, witness } = await prepare(current, batch, inlineViews, clock());
      if (witness === undefined) await current.run('rollback');
      else await finish(current, witness);
      return verdicts;
    } catch (error) {
      current.cut();
      throw error;
    } finally {
      clearTimeout(watchdog);
    }
  }

  /** COMMIT. What its own answer leaves open is found out before anybody is told anything. */
  async function finish(current: Session, witness: string): Promise<void> {
    try {
      await commitAndNotify(current);
    } catch (error) {
      current.cut();
      if (!(await wasCommitted(connect, witness))) throw error;
    }
  }

  async function connected(): Promise<Session> {
    if (session === undefined || session.lost) session = await Session.open(connect);
    return session;
  }

  return {
    append,
    async close() {
      closed = true;
      await draining;
      session?.cut();
    },
  };
}

function tell({ resolve, reject }: Waiting, verdict: Verdict): void {
  if (verdict.outcome === 'defect') reject(verdict.error);
  else resolve(verdict);
}

/** Takes from the front of the queue what one commit may hold: at least one request. */
function takeBatch(queue: Waiting[]): Waiting[] {
  let bytes = 0;
  const full = queue.findIndex(({ request }, index) => {
    bytes += sizeOf(request);
    return index > 0 && (index === LIMITS.appendsPerCommit || bytes > LIMITS.commitBytes);
  });
  return queue.splice(0, full === -1 ? queue.length : full);
}

function sizeOf({ streams, vault = [] }: AppendRequest): number {
  let bytes = 0;
  for (const { events } of streams) for (const { body } of events) bytes += body.length;
  for (const { ciphertext } of vault) bytes += ciphertext.length;
  return bytes;
}
