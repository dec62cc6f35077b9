import { setTimeout as delay } from 'node:timers/promises';
import { LIMITS } from '#kernel';

/** Runs `work`, which ends only by an error or when `signal` aborts, again and again: how a background loop outlives outages. */
export async function keepTrying(work: () => Promise<void>, failed: (error: unknown) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await work();
    } catch (error) {
      if (!signal.aborted) failed(error);
    }
    await delay(LIMITS.retryMilliseconds, undefined, { signal }).catch(() => undefined);
  }
}
