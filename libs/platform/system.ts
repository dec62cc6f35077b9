import { randomFillSync } from 'node:crypto';
import type { Clock, RandomBytes } from '#kernel';

export const systemClock: Clock = () => Date.now();

const POOL_BYTES = 8_192;

/** Drawn from the system in bulk, because a call needs many small draws; each byte is handed out once and wiped. */
export const systemRandom: RandomBytes = pooled();

function pooled(): RandomBytes {
  const pool = Buffer.alloc(POOL_BYTES);
  let used = POOL_BYTES;
  return (length) => {
    if (length > POOL_BYTES) return randomFillSync(new Uint8Array(length));
    if (used + length > POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    const drawn = Uint8Array.prototype.slice.call(pool, used, used + length);
    pool.fill(0, used, used + length);
    used += length;
    return drawn;
  };
}
