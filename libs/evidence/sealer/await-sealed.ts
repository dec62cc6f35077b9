import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from '#event-store';
import { type Clock, LIMITS } from '#kernel';
import { RECORD_TYPES_SQL } from './records-to-seal.ts';

const UNSEALED = `
  select exists (
    select from events
     where organization = $1 and position <= $2 and ${RECORD_TYPES_SQL}
       and position > coalesce((select sealed_through from logs where organization = $1), 0)
  ) as unsealed`;

/** Waits until every record of the organisation up to a position is sealed; false where LIMITS.sealWaitMilliseconds were not enough. */
export async function awaitSealed(sql: Sql, clock: Clock, organization: string, position: number): Promise<boolean> {
  const deadline = clock() + LIMITS.sealWaitMilliseconds;
  while (clock() < deadline) {
    const { rows } = await sql.query<{ unsealed: boolean }>(UNSEALED, [organization, position]);
    if (rows[0]?.unsealed === false) return true;
    await delay(LIMITS.sealPollMilliseconds);
  }
  return false;
}
