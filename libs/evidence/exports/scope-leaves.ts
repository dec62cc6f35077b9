import type { Sql } from '#event-store';
import { isControl, isGroupOfOne, parseEvent } from '#ledger';
import { LogDamaged } from '../log/leaves.ts';
import { readGroups } from '../sealer/log-state.ts';
import type { ExportRow } from './export-row.ts';
import { recordOfGroupOfOne } from './resolve-scope.ts';

/** The indices of the leaves that an export holds: those of its scope and its own `export.created` record. In order. */
export async function leavesOf(sql: Sql, { organization, recordId, scope }: ExportRow): Promise<number[]> {
  const own = await indicesOfRecords(sql, organization, [recordId]);
  if (own.length === 0) throw new LogDamaged('the export was to be built before its record was sealed');
  const scoped =
    scope.type === 'groups'
      ? await indicesOfGroups(sql, organization, scope.groups)
      : scope.type === 'range'
        ? Array.from({ length: scope.last - scope.first + 1 }, (_, at) => scope.first + at)
        : await indicesOfContent(sql, organization, scope.query);
  return [...new Set([...scoped, ...own])].sort((a, b) => a - b);
}

async function indicesOfGroups(sql: Sql, organization: string, groups: readonly string[]): Promise<number[]> {
  const [ones, chained] = [groups.filter(isGroupOfOne), groups.filter((group) => !isGroupOfOne(group))];
  const single = await indicesOfRecords(
    sql,
    organization,
    ones.map(recordOfGroupOfOne).filter((id) => id !== null),
  );
  const { rows } = await sql.query<{ index: string }>('select index from log_leaves where organization = $1 and group_id = any ($2::text[])', [
    organization,
    chained,
  ]);
  const stated = [...(await readGroups(sql, organization, chained)).values()].reduce((sum, { count }) => sum + count, 0);
  if (rows.length !== stated || single.length !== ones.length) throw new LogDamaged('groups have other records than the log says');
  return [...single, ...rows.map(({ index }) => Number(index))];
}

/** Where sealed records are; one that is not sealed is absent. */
async function indicesOfRecords(sql: Sql, organization: string, recordIds: readonly string[]): Promise<number[]> {
  const { rows } = await sql.query<{ index: string }>('select index from log_leaves where organization = $1 and record_id = any ($2::uuid[])', [
    organization,
    recordIds,
  ]);
  return rows.map(({ index }) => Number(index));
}

// Found in the stored bytes, then read: an export relies on no view.
const NAMING = `
  select l.index, e.body from events e join log_leaves l on l.record_id = e.id
   where e.organization = $1 and e.type like $2 and position(convert_to($3, 'UTF8') in e.body) > 0`;

async function indicesOfContent(sql: Sql, organization: string, query: string): Promise<number[]> {
  // Sound: the query of a selection is what resolveScope wrote.
  const { contentId } = JSON.parse(query) as { contentId: string };
  const { rows } = await sql.query<{ index: string; body: Buffer }>(NAMING, [organization, 'deponent.call.%', JSON.stringify(contentId)]);
  const delivers = (body: Buffer) => {
    const event = parseEvent(body.toString('utf8'));
    return !isControl(event) && event.data.content.some((item) => item.contentId === contentId);
  };
  return rows.filter(({ body }) => delivers(body)).map(({ index }) => Number(index));
}

/** Index of the `record.erased` record that names a record, for those of `recordIds` that have one. */
export async function erasuresOf(sql: Sql, organization: string, recordIds: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await sql.query<{ index: string; body: Buffer }>(NAMING, [organization, 'deponent.record.erased.v1', '"recordId":']);
  const wanted = new Set(recordIds);
  const erasures = new Map<string, number>();
  for (const { index, body } of rows) {
    const { data } = parseEvent(body.toString('utf8'));
    if (data.kind === 'record.erased' && wanted.has(data.about.recordId)) erasures.set(data.about.recordId, Number(index));
  }
  return erasures;
}
