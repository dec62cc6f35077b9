import { isControl } from '#ledger';
import { whoDidWhat } from './audit-view.ts';
import type { FollowingView } from './following-view.ts';

/** The records of the eight kinds, with the content that each delivered. */
export const evidenceRecordsView: FollowingView = {
  name: 'evidence records',
  table: 'evidence_records_view',
  key: ['organization', 'record_id'],
  keyOf: ({ organization, event }) => (isControl(event) || event.data.kind === null ? null : [organization, event.id]),
  apply(_row, record) {
    const { data } = record.event;
    const contentIds = data.class === 'control' ? [] : data.content.map(({ contentId }) => contentId);
    return { ...whoDidWhat(record), kind: data.kind, content_ids: [...new Set(contentIds)].sort() };
  },
};
