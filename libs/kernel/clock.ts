/** Unix milliseconds. Time arrives as an argument; whoever reads a clock is an adapter. */
export type Clock = () => number;

/** RFC 3339, UTC, three decimals, `Z`: the only form of a time in events, records and answers. */
export function timestamp(unixMilliseconds: number): string {
  return new Date(unixMilliseconds).toISOString();
}
