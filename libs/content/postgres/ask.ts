import type { Pool, QueryResultRow } from 'pg';
import { unavailable } from '#event-store/postgres';
import { LIMITS } from '#kernel';
import type { SiteRoles } from '../access.ts';
import type { Statement } from './statements.ts';

/** The rows of a statement as `show` shows them, without those it shows as null. @throws StoreUnavailable */
export type Ask = <Row extends QueryResultRow, Shown>(statement: Statement, values: readonly unknown[], show: (row: Row) => Shown | null) => Promise<Shown[]>;

/** One caller's way to the database: the organisation and the sites they may read stand in every statement as `$1` and `$2`. */
export function askFor(pool: Pick<Pool, 'query'>, organization: string, { siteIds }: Pick<SiteRoles, 'siteIds'>): Ask {
  return async <Row extends QueryResultRow, Shown>({ name, text }: Statement, values: readonly unknown[], show: (row: Row) => Shown | null) => {
    if (siteIds.length === 0) return [];
    const query = { name, text, values: [organization, siteIds, ...values], query_timeout: LIMITS.readMilliseconds };
    const found = await pool.query<Row>(query).catch((error: unknown) => {
      throw unavailable(error);
    });
    return found.rows.map(show).filter((shown) => shown !== null);
  };
}
