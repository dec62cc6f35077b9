import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Clock, LIMITS } from '#kernel';
import type { InlineView } from '../inline-view.ts';
import { type AppendRequest, type AppendResult, StoreUnavailable } from '../port.ts';
import { requireWellFormed } from '../request.ts';
import { prepare, type Verdict } from './group-commit.ts';
import { wasCommitted } from './outcome.ts';
import { type Connect, Session } from './session.ts';
import { commitAndNotify } from './statements.ts';

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
export class Committer {
  readonly #options: CommitterOptions;
  readonly #queue: Waiting[] = [];
  /** So many at the front of the queue are committed one by one. */
  #alone = 0;
  #session: Session | undefined;
  #draining: Promise<void> | undefined;
  #closed = false;

  constructor(options: CommitterOptions) {
    this.#options = options;
  }

  async append(request: AppendRequest): Promise<AppendResult> {
    requireWellFormed(request);
    if (this.#closed) throw new StoreUnavailable('the event store is closed', 'none');
    if (this.#queue.length >= LIMITS.appendsWaiting) throw new StoreUnavailable('too many appends wait for a commit', 'none');
    return new Promise((resolve, reject) => {
      this.#queue.push({ request, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Lets what waits be committed, takes nothing more, and closes the connection. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#draining;
    this.#session?.cut();
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      // Those just answered have their next append ready by then: measured, half as much again at 16 callers.
      await nextTurn();
      await this.#serve(this.#alone > 0 ? this.#takeOne() : takeBatch(this.#queue));
    }
    this.#draining = undefined;
  }

  async #serve(batch: readonly Waiting[]): Promise<void> {
    try {
      for (const [caller, verdict] of await this.#commit(batch)) tell(caller, verdict);
    } catch (error) {
      if (error instanceof StoreUnavailable) {
        for (const { reject } of batch) reject(error);
        // Whoever queues behind an outage would only wait for the same answer.
        this.#alone = 0;
        for (const { reject } of this.#queue.splice(0)) reject(new StoreUnavailable(error.message, 'none', { cause: error }));
      } else if (batch.length > 1) {
        // The database refuses something in this batch: alone, each caller gets the answer it deserves.
        this.#queue.unshift(...batch);
        this.#alone = batch.length;
      } else {
        for (const { reject } of batch) reject(error);
      }
    }
  }

  #takeOne(): Waiting[] {
    this.#alone--;
    return this.#queue.splice(0, 1);
  }

  /** @throws StoreUnavailable, or what the database refused: nothing of the batch is committed then, unless the outcome is `unknown`. */
  async #commit(batch: readonly Waiting[]): Promise<readonly (readonly [Waiting, Verdict])[]> {
    const session = await this.#connected();
    const watchdog = setTimeout(() => session.cut(), LIMITS.commitMilliseconds);
    try {
      const { verdicts, witness } = await prepare(session, batch, this.#options.inlineViews, this.#options.clock());
      if (witness === undefined) await session.run('rollback');
      else await this.#finish(session, witness);
      return verdicts;
    } catch (error) {
      session.cut();
      throw error;
    } finally {
      clearTimeout(watchdog);
    }
  }

  /** COMMIT. What its own answer leaves open is found out before anybody is told anything. */
  async #finish(session: Session, witness: string): Promise<void> {
    try {
      await commitAndNotify(session);
    } catch (error) {
      session.cut();
      if (!(await wasCommitted(this.#options.connect, witness))) throw error;
    }
  }

  async #connected(): Promise<Session> {
    if (this.#session === undefined || this.#session.lost) this.#session = await Session.open(this.#options.connect);
    return this.#session;
  }
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
