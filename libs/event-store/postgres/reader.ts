import type { Pool, QueryConfig } from 'pg';
import { LIMITS } from '#kernel';
import type { EventReader, StoredEvent } from '../port.ts';
import { type Statement, unavailable } from './session.ts';

/** The application's pool, TypeORM's included. Reads only; it should have a connection timeout of its own. */
export type ReadPool = Pick<Pool, 'query'>;

/** bigint arrives as text. */
type EventRow = Omit<StoredEvent, 'position' | 'recordedAt'> & { readonly position: string; readonly recorded_at: string };

const COLUMNS = 'position, organization, stream, revision, id, type, version, body, recorded_at';

const STREAM: Statement = {
  name: 'event-store: stream',
  text: `select ${COLUMNS} from events where stream = $1 order by revision`,
};
const PAGE: Statement = {
  name: 'event-store: page',
  text: `select ${COLUMNS} from events where position > $1 order by position limit $2`,
};
const PAGE_OF_ORGANIZATION: Statement = {
  name: 'event-store: page of organization',
  text: `select ${COLUMNS} from events where organization = $3 and position > $1 order by position limit $2`,
};
const HEAD: Statement = { name: 'event-store: head', text: 'select coalesce(max(position), 0) as position from events' };
const COUNTERS: Statement = { name: 'event-store: counters', text: 'select name, value from counters where name = any ($1::text[])' };

/**
 * One statement reads one snapshot, and a snapshot always holds the log up to some position: commits follow each other
 * under the log's lock. So a page never has a hole that is filled later.
 */
export function createReader(pool: ReadPool): Omit<EventReader, 'subscribe'> {
  async function rows<Row extends object>({ name, text }: Statement, values: unknown[]): Promise<Row[]> {
    const query: QueryConfig & { query_timeout: number } = { name, text, values, query_timeout: LIMITS.readMilliseconds };
    try {
      return (await pool.query<Row & Record<string, unknown>>(query)).rows;
    } catch (error) {
      throw unavailable(error);
    }
  }

  return {
    async readStream(stream) {
      return (await rows<EventRow>(STREAM, [stream])).map(storedEvent);
    },

    async readAll({ after, limit, organization }) {
      const bounds = [after, Math.min(limit, LIMITS.eventsPerPage)];
      const found = organization === undefined ? rows<EventRow>(PAGE, bounds) : rows<EventRow>(PAGE_OF_ORGANIZATION, [...bounds, organization]);
      return (await found).map(storedEvent);
    },

    async head() {
      const [newest] = await rows<{ position: string }>(HEAD, []);
      return Number(newest?.position ?? 0);
    },

    async counters(names) {
      const found = await rows<{ name: string; value: string }>(COUNTERS, [names]);
      const values = new Map(names.map((name) => [name, 0]));
      for (const { name, value } of found) values.set(name, Number(value));
      return values;
    },
  };
}

function storedEvent({ position, recorded_at, ...event }: EventRow): StoredEvent {
  return { position: Number(position), ...event, recordedAt: Number(recorded_at) };
}
