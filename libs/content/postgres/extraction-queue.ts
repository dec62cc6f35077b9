import type { Pool } from 'pg';
import { unavailable } from '#event-store/postgres';
import { LIMITS } from '#kernel';
import type { ExtractionQueue } from '../extraction/extraction-queue.ts';

type UnreadRow = { organization: string; content_id: string; version: number; size: string; blob: string };

const UNREAD = `
  select c.organization, v.content_id, v.version, v.size, v.blob
    from versions_view v
    join contents_view c on c.content_id = v.content_id
   where v.extraction = 'pending' and ($1::text is null or c.site_id = $1)
   order by v.created_at, v.content_id, v.version
   limit ${LIMITS.unreadListed}`;

/** Asked for again under the lock: meanwhile somebody may have read it, or erased it. */
const ATTEMPT = `
  with details as (
    select i.ciphertext
      from versions_view v
      join items_vault i on i.organization = $1 and i.kind = 'name' and i.id = v.content_id || '@' || v.version
     where v.content_id = $2 and v.version = $3 and v.extraction = 'pending'
  ), counted as (
    insert into extraction_attempts (content_id, version, attempts) select $2, $3, 1 from details
    on conflict (content_id, version) do update set attempts = extraction_attempts.attempts + 1
    returning attempts
  )
  select attempts, ciphertext from counted, details`;

const FORGIVE = 'update extraction_attempts set attempts = attempts - 1 where content_id = $1 and version = $2';

/** Whoever holds the advisory lock of a version reads it; the lock goes with the connection. */
export function extractionQueue(pool: Pick<Pool, 'query' | 'connect'>): ExtractionQueue {
  return {
    async unread(siteId) {
      const { rows } = await pool.query<UnreadRow>(UNREAD, [siteId]).catch(rethrow);
      return rows.map(({ organization, content_id: contentId, version, size, blob }) => ({ organization, contentId, version, size: Number(size), blob }));
    },

    async claim({ organization, contentId, version }) {
      const connection = await pool.connect().catch(rethrow);
      // Closing the connection gives up the lock, whatever happened.
      const release = () => connection.release(true);
      try {
        const lock = await connection.query<{ mine: boolean }>('select pg_try_advisory_lock(hashtextextended($1, 0)) as mine', [
          `extraction ${contentId}@${version}`,
        ]);
        if (lock.rows[0]?.mine !== true) {
          connection.release();
          return null;
        }
        const [row] = (await connection.query<{ attempts: number; ciphertext: Buffer }>(ATTEMPT, [organization, contentId, version])).rows;
        if (row !== undefined) {
          const forgive = async () => void (await pool.query(FORGIVE, [contentId, version]).catch(rethrow));
          return { attempt: row.attempts, details: row.ciphertext, forgive, release };
        }
      } catch (error) {
        release();
        rethrow(error);
      }
      release();
      return null;
    },
  };
}

function rethrow(error: unknown): never {
  throw unavailable(error);
}
