import type { Buckets } from './admission-buckets.ts';

/** The shared buckets as arithmetic: what the database's are held to. */
export function inMemoryBuckets(): Buckets & { asked(): number; become(state: 'well' | 'down'): void } {
  const buckets = new Map<string, { fullAt: number; refusedAt: number | null }>();
  let asked = 0;
  let down = false;
  return {
    async lease(name, { calls, windowMilliseconds }, wanted, now) {
      asked += 1;
      if (down) throw new Error('the buckets are down');
      const each = windowMilliseconds / calls;
      const { fullAt: before, refusedAt: refusedBefore } = buckets.get(name) ?? { fullAt: 0, refusedAt: null };
      const from = Math.max(before, now);
      const granted = Math.max(0, Math.min(wanted, Math.floor((now + windowMilliseconds - from) / each)));
      const isFirstRefusal = granted === 0 && (refusedBefore === null || refusedBefore <= now - windowMilliseconds);
      const fullAt = from + granted * each;
      buckets.set(name, { fullAt, refusedAt: isFirstRefusal ? now : refusedBefore });
      return { granted, nextAt: fullAt - windowMilliseconds + each, isFirstRefusal };
    },
    async sweep(now) {
      for (const [name, { fullAt }] of buckets) if (fullAt < now) buckets.delete(name);
    },
    asked: () => asked,
    become(state) {
      down = state === 'down';
    },
  };
}
