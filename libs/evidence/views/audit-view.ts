import { isControl, type RecordEvent } from '#ledger';
import type { FollowingView, Recorded, Row } from './following-view.ts';

/** Every record, of whatever class. */
export const auditView: FollowingView = {
  name: 'audit',
  table: 'audit_view',
  key: ['organization', 'record_id'],
  keyOf: ({ organization, event }) => [organization, event.id],
  apply: (_row, record) => ({ ...whoDidWhat(record), class: record.event.data.class, kind: record.event.data.kind, outcome: outcomeOf(record.event) }),
};

/** What all lists of records are filtered by. */
export function whoDidWhat({ organization, position, event }: Recorded): Row {
  const call = isControl(event) ? null : event.data;
  return {
    organization,
    record_id: event.id,
    position,
    recorded_at: Date.parse(event.recordedtime),
    tool: call?.tool.name ?? null,
    actor: event.data.actor,
    client: call?.client ?? null,
    group_id: event.correlationid,
  };
}

/** A control record says that something was done. */
function outcomeOf(event: RecordEvent): string {
  return isControl(event) ? 'answered' : event.data.outcome;
}
