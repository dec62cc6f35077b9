import type { Sql } from '#event-store';
import { LIMITS } from '#kernel';

/** So many calls in so long. */
export type CallLimit = { readonly calls: number; readonly windowMilliseconds: number };

export type Lease = {
  readonly granted: number;
  /** Unix milliseconds: when the bucket holds a call again, where nothing was granted. */
  readonly nextAt: number;
  /** Nothing was granted, and that for the first time in a window: said to one of all who ask. */
  readonly isFirstRefusal: boolean;
};

/** Token buckets that all processes share. Lost in a crash of the database: every bucket is then full. */
export interface Buckets {
  /** Takes up to `wanted` calls out of a bucket that holds `limit.calls` and fills up evenly within the window. */
  lease(bucket: string, limit: CallLimit, wanted: number, now: number): Promise<Lease>;
  /** Forgets buckets that are full, which is what a bucket nobody knows of is, and that refused nothing in any window that may still run. */
  sweep(now: number): Promise<void>;
}

/**
 * A bucket is the time at which it will be full (the generic cell rate algorithm): each call taken moves it by what one
 * call takes to come back, and never further than a window from now.
 */
const GRANTED = 'greatest(0, least($5::int, floor(($2::float8 + $4::float8 - greatest(b.full_at, $2)) / $3::float8)))';

const LEASE = `
  insert into admission_buckets as b (bucket, full_at, granted, first_refusal)
  values ($1, $2::float8 + $3::float8 * $5::int, $5, false)
  on conflict (bucket) do update set
    full_at = greatest(b.full_at, $2) + $3 * ${GRANTED},
    granted = ${GRANTED},
    first_refusal = ${GRANTED} = 0 and coalesce(b.refused_at <= $2 - $4, true),
    refused_at = case when ${GRANTED} = 0 and coalesce(b.refused_at <= $2 - $4, true) then $2 else b.refused_at end
  returning full_at, granted, first_refusal`;

/** Unlogged: its commits wait for no disk. */
export function sharedBuckets(sql: Sql): Buckets {
  return {
    async lease(bucket, { calls, windowMilliseconds }, wanted, now) {
      const each = windowMilliseconds / calls;
      const { rows } = await sql.query<{ full_at: number; granted: number; first_refusal: boolean }>(LEASE, [bucket, now, each, windowMilliseconds, wanted]);
      const row = rows[0];
      if (row === undefined) throw new Error('a lease returned nothing');
      return { granted: row.granted, nextAt: row.full_at - windowMilliseconds + each, isFirstRefusal: row.first_refusal };
    },
    async sweep(now) {
      const longest = LIMITS.callWindowSeconds * 1_000;
      await sql.query('delete from admission_buckets where full_at < $1 and coalesce(refused_at < $1 - $2::float8, true)', [now, longest]);
    },
  };
}
