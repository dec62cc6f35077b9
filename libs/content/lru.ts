export type Lru<Value> = {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
};

/** Keeps what was used last, as long as all weights together stay within `capacity`. What alone weighs more is not kept. */
export function createLru<Value>({ capacity, weigh }: { readonly capacity: number; readonly weigh: (value: Value) => number }): Lru<Value> {
  // A Map iterates in the order of insertion: the first key is the one used longest ago.
  const kept = new Map<string, { readonly value: Value; readonly weight: number }>();
  let total = 0;

  function drop(key: string): void {
    total -= kept.get(key)?.weight ?? 0;
    kept.delete(key);
  }

  return {
    get(key) {
      const found = kept.get(key);
      if (found === undefined) return undefined;
      kept.delete(key);
      kept.set(key, found);
      return found.value;
    },
    set(key, value) {
      const weight = weigh(value);
      drop(key);
      if (weight > capacity) return;
      kept.set(key, { value, weight });
      total += weight;
      for (const oldest of kept.keys()) {
        if (total <= capacity) break;
        drop(oldest);
      }
    },
  };
}
