import type { InlineView } from '#event-store';
import { identityView } from '../view.ts';

/** Every change of who may do what, as its event tells it: for people who look up who did it. */
export const changesView: InlineView = {
  name: 'changes',
  tables: ['changes_view'],
  handles: identityView.handles,
  async apply({ position, organization, id, type, body, recordedAt }, sql) {
    await sql.query('insert into changes_view (position, organization, event_id, type, at, data) values ($1, $2, $3, $4, $5, $6)', [
      position,
      organization,
      id,
      type,
      recordedAt,
      body.toString('utf8'),
    ]);
  },
};
