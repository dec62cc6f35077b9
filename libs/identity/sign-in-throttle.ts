import type { Sql } from '#event-store';
import { type Clock, deriveKey, hmacSha256, LIMITS, type Refusal, refuse } from '#kernel';

/** Counts an attempt at a secret, in every process alike; null while there may be more. */
export type SignInThrottle = (subjects: { readonly source: string; readonly account: string }) => Promise<Refusal | null>;

const MINUTE = 60_000;

/** Counts by the minute, of the last fifteen. Neither addresses nor accounts can be read from what is counted. */
export function signInThrottle(house: { readonly sql: Sql; readonly deploymentKey: Uint8Array; readonly clock: Clock }): SignInThrottle {
  const { sql, deploymentKey, clock } = house;
  const subjectKey = deriveKey(deploymentKey, 'sign-in counts');

  /** Attempts so far, this one included. The row of the minute is locked by the statement, so that no two count as one. */
  async function count(subject: string): Promise<number> {
    const minute = Math.floor(clock() / MINUTE) * MINUTE;
    const { rows } = await sql.query<{ attempts: number }>(
      `with over as (
         delete from sign_in_counts where (subject, minute) in (select subject, minute from sign_in_counts where minute < $3 for update skip locked)
       ), counted as (
         insert into sign_in_counts (subject, minute, attempts) values ($1, $2, 1)
         on conflict (subject, minute) do update set attempts = sign_in_counts.attempts + 1 returning attempts
       )
       select attempts + coalesce((select sum(c.attempts) from sign_in_counts c where c.subject = $1 and c.minute >= $3 and c.minute < $2), 0)::int as attempts
         from counted`,
      [hmacSha256(subjectKey, subject).toString('hex'), minute, minute - LIMITS.signInWindowMilliseconds],
    );
    return rows[0]?.attempts ?? 0;
  }

  return async ({ source, account }) => {
    const attempts = Math.max(await count(`source:${source}`), await count(`account:${account}`));
    if (attempts <= LIMITS.signInAttempts) return null;
    return refuse('rate_limited', 'Too many attempts. Try again later.', { retryAfterSeconds: LIMITS.signInWindowMilliseconds / 1_000 });
  };
}
