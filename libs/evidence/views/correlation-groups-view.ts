import { isControl } from '#ledger';
import type { FollowingView, Recorded, Row } from './following-view.ts';

type GroupRow = {
  readonly organization: string;
  readonly group_id: string;
  readonly source: string | null;
  readonly first_at: number;
  readonly last_at: number;
  readonly last_position: number;
  readonly last_record: string;
  readonly calls: number;
  readonly evidence: number;
  readonly refused: number;
  /** Of each the last record, whose disclosures have the name. */
  readonly actors: { readonly [actor: string]: string };
  readonly clients: { readonly [client: string]: string };
  readonly tools: { readonly [tool: string]: number };
};

/** The groups that callers made by a correlation id, groups of one, and the control group. */
export const correlationGroupsView: FollowingView = {
  name: 'correlation groups',
  table: 'correlation_groups_view',
  key: ['organization', 'group_id'],
  keyOf: ({ organization, event }) => [organization, event.correlationid],
  // Sound: a row is what this very function made, on its way through the database and back.
  apply: (row, record): Row => groupAfter(row as GroupRow | null, record),
};

function groupAfter(row: GroupRow | null, { organization, position, event }: Recorded): GroupRow {
  const at = Date.parse(event.recordedtime);
  const call = isControl(event) ? null : event.data;
  const tool = call?.tool.name ?? null;
  return {
    organization,
    group_id: event.correlationid,
    source: row?.source ?? call?.correlation ?? null,
    first_at: Math.min(row?.first_at ?? at, at),
    last_at: Math.max(row?.last_at ?? at, at),
    last_position: position,
    last_record: event.id,
    calls: (row?.calls ?? 0) + (call === null ? 0 : 1),
    evidence: (row?.evidence ?? 0) + (call === null || call.kind === null ? 0 : 1),
    refused: (row?.refused ?? 0) + (call?.outcome === 'refused' ? 1 : 0),
    actors: withLast(row?.actors, event.data.actor, event.id),
    clients: withLast(row?.clients, call?.client ?? null, event.id),
    tools: tool === null ? (row?.tools ?? {}) : { ...row?.tools, [tool]: (row?.tools[tool] ?? 0) + 1 },
  };
}

function withLast(last: GroupRow['actors'] | undefined, who: string | null, recordId: string): GroupRow['actors'] {
  return who === null ? (last ?? {}) : { ...last, [who]: recordId };
}
