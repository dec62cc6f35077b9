import type { Sql } from '#event-store';
import { viewsAsOf } from '../views/run-projector.ts';
import { conditions, type Hits, values } from './conditions.ts';
import { type ListQuery, writeCursor } from './filters.ts';

/** Positions of one page of records, and what the next page is asked for with. `asOf`: what the view held. */
export type PositionPage = { readonly positions: readonly number[]; readonly nextCursor: string | null; readonly asOf: number };

type View = 'audit_view' | 'evidence_records_view';

/** Newest first. */
export async function newestPositions(sql: Sql, view: View, organization: string, { filters, cursor, limit }: ListQuery, hits: Hits): Promise<PositionPage> {
  const asOf = await viewsAsOf(sql);
  const parameters = values(organization, cursor ?? Number.MAX_SAFE_INTEGER, limit + 1);
  const where = ['v.organization = $1', 'v.position < $2', ...conditions(filters, hits, parameters)].join(' and ');
  const { rows } = await sql.query<{ position: string }>(`select v.position from ${view} v where ${where} order by v.position desc limit $3`, parameters.list);
  return { ...page(rows, limit), asOf };
}

/** The records of one group, oldest first: in the order of groupSeq, which is that of their commits. */
export async function positionsOfGroup(sql: Sql, organization: string, groupId: string, { cursor, limit }: ListQuery): Promise<PositionPage> {
  const asOf = await viewsAsOf(sql);
  const { rows } = await sql.query<{ position: string }>(
    'select position from audit_view where organization = $1 and group_id = $2 and position > $3 order by position limit $4',
    [organization, groupId, cursor ?? 0, limit + 1],
  );
  return { ...page(rows, limit), asOf };
}

function page(rows: readonly { readonly position: string }[], limit: number): Omit<PositionPage, 'asOf'> {
  const positions = rows.slice(0, limit).map(({ position }) => Number(position));
  return { positions, nextCursor: rows.length > limit ? writeCursor(positions.at(-1) ?? 0) : null };
}
