/** Chance that a seed decides, so that a bundle two verifiers disagree about can be made again. */
export type Chance = {
  /** 0 … limit - 1. */
  readonly below: (limit: number) => number;
  readonly oneIn: (many: number) => boolean;
  readonly pick: <T>(from: readonly T[]) => T;
};

/** mulberry32. */
export function chance(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return { below, oneIn: (many) => below(many) === 0, pick: (from) => from[below(from.length)]! };
}
