import type { Sql } from '#event-store';
import { canonical, type Refusal, refuse, timestamp } from '#kernel';
import { type ExportScope, groupOfOne, isGroupOfOne } from '#ledger';
import { findLeaf } from '../log/leaves.ts';
import { readGroups } from '../sealer/log-state.ts';
import type { ExportRequest } from './export-request.ts';

/** What a request means in the log, everything it may name being sealed. */
export async function resolveScope(sql: Sql, organization: string, { scope }: ExportRequest): Promise<ExportScope | Refusal> {
  if ('correlationIds' in scope) return groupsScope(sql, organization, [...new Set(scope.correlationIds)].sort());
  if ('contentId' in scope) return { query: canonical({ contentId: scope.contentId }), type: 'selection' };
  return rangeScope(sql, organization, scope);
}

async function groupsScope(sql: Sql, organization: string, groups: readonly string[]): Promise<ExportScope | Refusal> {
  const known = await readGroups(sql, organization, groups);
  for (const group of groups) {
    const exists = isGroupOfOne(group) ? await isOne(sql, organization, group) : known.has(group);
    if (!exists) return refuse('not_found', 'There is no such group.', { issues: [{ path: 'scope.correlationIds', message: `no group ${group}` }] });
  }
  return { groups, type: 'groups' };
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The record of a group of one; null where the id is of no such group. */
export function recordOfGroupOfOne(group: string): string | null {
  const recordId = group.slice(groupOfOne('').length);
  return UUID.test(recordId) ? recordId : null;
}

async function isOne(sql: Sql, organization: string, group: string): Promise<boolean> {
  const recordId = recordOfGroupOfOne(group);
  const leaf = recordId === null ? null : await findLeaf(sql, organization, recordId);
  // A record of a real group is in no group of one.
  return leaf?.eventText?.includes(`"correlationid":"${group}"`) ?? false;
}

// Members of the canonical text; times of this form are ordered as texts are. A record is committed after it says that it was recorded.
const RANGE = `
  select min(l.index) as first, max(l.index) as last
    from events e join log_leaves l on l.record_id = e.id
   where e.organization = $1 and e.recorded_at >= $2
     and substring(convert_from(e.body, 'UTF8') from '"recordedtime":"([^"]*)"') >= $3
     and substring(convert_from(e.body, 'UTF8') from '"recordedtime":"([^"]*)"') < $4`;

async function rangeScope(sql: Sql, organization: string, { from, to }: { readonly from: number; readonly to: number }): Promise<ExportScope | Refusal> {
  const { rows } = await sql.query<{ first: string | null; last: string | null }>(RANGE, [organization, from, timestamp(from), timestamp(to)]);
  const [{ first, last } = { first: null, last: null }] = rows;
  if (first === null || last === null) return refuse('not_found', 'Nothing was recorded in that time.');
  return { first: Number(first), last: Number(last), type: 'range' };
}
