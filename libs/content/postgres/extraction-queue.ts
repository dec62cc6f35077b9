import type { Pool } from 'pg';
import { type Connect, unavailable } from '#event-store/postgres';
import { LIMITS } from '#kernel';
import type { ExtractionQueue } from '../extraction/extraction-queue.ts';
import { EXTRACTION_STATUSES } from '../ports.ts';

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

const COUNT_OUTCOMES = `
  select v.extraction, count(*)::int as versions
    from unnest($1::text[], $2::int[]) as asked (content_id, version)
    join versions_view v using (content_id, version)
   group by v.extraction`;

const FORGIVE = 'update extraction_attempts set attempts = attempts - 1 where content_id = $1 and version = $2';

type AttemptRow = { attempts: number; ciphertext: Buffer };

const LOCK = 'select pg_try_advisory_lock(hashtextextended($1, 0)) as mine';

/**
 * Whoever holds the advisory lock of a version reads it. The lock goes with its connection, which is none of the pool's: what
 * waits for a document must not wait for others that do the same.
 */
export function extractionQueue(pool: Pick<Pool, 'query'>, connect: Connect): ExtractionQueue {
  return {
    async unread(siteId) {
      const { rows } = await pool.query<UnreadRow>(UNREAD, [siteId]).catch(rethrow);
      return rows.map(({ organization, content_id: contentId, version, size, blob }) => ({ organization, contentId, version, size: Number(size), blob }));
    },

    async countOutcomes(asked) {
      const ids = [asked.map(({ contentId }) => contentId), asked.map(({ version }) => version)];
      const { rows } = await pool.query<{ extraction: string; versions: number }>(COUNT_OUTCOMES, ids).catch(rethrow);
      return new Map(EXTRACTION_STATUSES.map((status) => [status, rows.find(({ extraction }) => extraction === status)?.versions ?? 0]));
    },

    async claim({ organization, contentId, version }) {
      const connection = await connect().catch(rethrow);
      // Where it is lost, so is the lock: somebody else may read the version as well, and one of them records it.
      connection.on('error', () => undefined);
      const release = () => void connection.end().catch(() => undefined);
      try {
        const lock = await connection.query<{ mine: boolean }>(LOCK, [`extraction ${contentId}@${version}`]);
        const mine = lock.rows[0]?.mine === true;
        const [row] = mine ? (await connection.query<AttemptRow>(ATTEMPT, [organization, contentId, version])).rows : [];
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
