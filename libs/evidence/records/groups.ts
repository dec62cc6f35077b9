import type { Sql } from '#event-store';
import { timestamp } from '#kernel';
import { CONTROL_GROUP, type Disclosed } from '#ledger';
import { conditions, type Hits, values } from './conditions.ts';
import { type ListQuery, writeCursor } from './filters.ts';

/** A row of the groups view; bigint arrives as text. */
export type GroupRow = {
  group_id: string;
  source: string | null;
  first_at: string;
  last_at: string;
  last_position: string;
  last_record: string;
  calls: string;
  evidence: string;
  refused: string;
  actors: Record<string, string>;
  clients: Record<string, string>;
  tools: Record<string, number>;
  sealed: boolean;
};

const SELECT = `
  select g.group_id, g.source, g.first_at, g.last_at, g.last_position, g.last_record, g.calls, g.evidence, g.refused, g.actors, g.clients, g.tools,
         g.last_position <= coalesce((select sealed_through from logs where organization = g.organization), 0) as sealed
    from correlation_groups_view g
   where g.organization = $1`;

/** Groups with a record that passes the filters, the ones last added to first. The control group is no activity of a caller. */
export async function newestGroups(
  sql: Sql,
  organization: string,
  { filters, cursor, limit }: ListQuery,
  hits: Hits,
): Promise<{ rows: GroupRow[]; nextCursor: string | null }> {
  const parameters = values(organization, cursor ?? Number.MAX_SAFE_INTEGER, limit + 1, CONTROL_GROUP);
  const wanted = conditions(filters, hits, parameters);
  const record = `exists (select from audit_view v where v.organization = g.organization and v.group_id = g.group_id and ${wanted.join(' and ')})`;
  const { rows } = await sql.query<GroupRow>(
    `${SELECT} and g.last_position < $2 and g.group_id <> $4 ${wanted.length === 0 ? '' : `and ${record}`} order by g.last_position desc limit $3`,
    parameters.list,
  );
  const shown = rows.slice(0, limit);
  return { rows: shown, nextCursor: rows.length > limit ? writeCursor(Number(shown.at(-1)?.last_position)) : null };
}

export async function findGroup(sql: Sql, organization: string, groupId: string): Promise<GroupRow | null> {
  const { rows } = await sql.query<GroupRow>(`${SELECT} and g.group_id = $2`, [organization, groupId]);
  return rows[0] ?? null;
}

/** The records whose disclosures hold the names that a group is shown with. */
export function recordsWithNames({ last_record, actors, clients }: GroupRow): string[] {
  return [last_record, ...Object.values(actors), ...Object.values(clients)];
}

export type GroupItem = ReturnType<typeof groupItem>;

/** A group as CONTRACT's list shows it (GET /correlations). Pure. `disclosed`: by record. */
export function groupItem(row: GroupRow, disclosed: ReadonlyMap<string, Disclosed>) {
  return {
    correlationId: row.group_id,
    externalId: disclosed.get(row.last_record)?.external ?? null,
    source: row.source,
    firstAt: timestamp(Number(row.first_at)),
    lastAt: timestamp(Number(row.last_at)),
    calls: Number(row.calls),
    evidence: Number(row.evidence),
    refused: Number(row.refused),
    actors: Object.entries(row.actors).map(([id, recordId]) => ({ id, email: disclosed.get(recordId)?.people?.email ?? null })),
    clients: Object.entries(row.clients).map(([id, recordId]) => ({ id, name: disclosed.get(recordId)?.people?.client ?? null })),
    tools: Object.entries(row.tools).map(([name, calls]) => ({ name, calls })),
    sealed: row.sealed,
    held: false,
  };
}
