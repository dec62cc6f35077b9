/** Wakes whoever waits for news of the log. Who noted `rings` before looking never sleeps through news that came since. */
export type Bell = {
  readonly rings: number;
  ring(): void;
  /** Resolves once the bell has rung more often than `heard`, when `signal` aborts, or after `milliseconds`. */
  wait(heard: number, signal: AbortSignal, milliseconds?: number): Promise<void>;
};

export function createBell(): Bell {
  const sleepers = new Set<() => void>();
  let rings = 0;
  return {
    get rings() {
      return rings;
    },
    ring() {
      rings += 1;
      for (const wake of sleepers) wake();
    },
    wait(heard, signal, milliseconds) {
      if (rings !== heard || signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', wake);
          sleepers.delete(wake);
          resolve();
        };
        const timer = milliseconds === undefined ? undefined : setTimeout(wake, milliseconds);
        signal.addEventListener('abort', wake);
        sleepers.add(wake);
      });
    },
  };
}
