import { setTimeout as delay } from 'node:timers/promises';
import { LIMITS } from '#kernel';
import { StoreUnavailable } from '../port.ts';
import { type Connect, Session } from './session.ts';
import { isStored, lockLog } from './statements.ts';

const RETRY_MILLISECONDS = 100;

/**
 * Whether a commit whose connection was lost inside COMMIT happened, told by an event it was to write.
 *
 * The lost transaction held the log's lock and its backend may still be at work on it, so the question is asked under
 * that lock: whoever holds it knows that the transaction has ended, one way or the other. A transaction id would not
 * do: after a crash PostgreSQL may give an id that never reached the disk to another transaction.
 *
 * @throws StoreUnavailable with outcome `unknown` after LIMITS.resolveMilliseconds
 */
export async function wasCommitted(connect: Connect, witness: string): Promise<boolean> {
  const tooLate = AbortSignal.timeout(LIMITS.resolveMilliseconds);
  let cause: unknown;
  while (!tooLate.aborted) {
    try {
      return await ask(connect, witness);
    } catch (error) {
      cause = error;
    }
    await delay(RETRY_MILLISECONDS);
  }
  throw new StoreUnavailable('the connection was lost inside COMMIT', 'unknown', { cause });
}

async function ask(connect: Connect, witness: string): Promise<boolean> {
  const session = await Session.open(connect);
  const watchdog = setTimeout(() => session.cut(), LIMITS.commitMilliseconds);
  try {
    await lockLog(session);
    return await isStored(session, witness);
  } finally {
    clearTimeout(watchdog);
    session.cut();
  }
}
