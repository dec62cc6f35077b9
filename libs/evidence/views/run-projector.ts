import { type Database, type EventReader, inTransaction, keepTrying, type Sql, type StoredEvent } from '#event-store';
import { auditView } from './audit-view.ts';
import { correlationGroupsView } from './correlation-groups-view.ts';
import { evidenceRecordsView } from './evidence-records-view.ts';
import { applyRecords, type FollowingView, recordsAmong } from './following-view.ts';

export const followingViews: readonly FollowingView[] = [auditView, evidenceRecordsView, correlationGroupsView];

/** All following views move together and share one checkpoint. */
const CHECKPOINT = 'evidence';

export type ProjectorHouse = {
  readonly database: Database;
  readonly store: Pick<EventReader, 'subscribe'>;
  /** Told of what went wrong; the projector tries again by itself. */
  readonly failed: (error: unknown) => void;
};

/** Keeps the following views up to date until `signal` aborts. Any number may run: each batch is applied by one of them. */
export async function runProjector(house: ProjectorHouse, signal: AbortSignal): Promise<void> {
  await keepTrying(() => follow(house, signal), house.failed, signal);
}

async function follow({ database, store }: ProjectorHouse, signal: AbortSignal): Promise<void> {
  for await (const events of store.subscribe({ after: await viewsAsOf(database), signal })) await project(database, events);
}

/** The position up to which the views hold every event: the `asOf` of their answers. */
export async function viewsAsOf(sql: Sql): Promise<number> {
  const { rows } = await sql.query<{ position: string }>('select position from view_checkpoints where name = $1', [CHECKPOINT]);
  return Number(rows[0]?.position ?? 0);
}

/** As {@link viewsAsOf}; and until the transaction ends, nobody else moves the views. */
export async function holdViews(sql: Sql): Promise<number> {
  await sql.query('insert into view_checkpoints (name, position) values ($1, 0) on conflict (name) do nothing', [CHECKPOINT]);
  await sql.query('select from view_checkpoints where name = $1 for update', [CHECKPOINT]);
  return viewsAsOf(sql);
}

/** Applies a batch in one transaction with its checkpoint, leaving out what was applied before. */
export async function project(database: Database, events: readonly StoredEvent[]): Promise<void> {
  await inTransaction(database, 'write', async (sql) => {
    const asOf = await holdViews(sql);
    const fresh = events.filter(({ position }) => position > asOf);
    const [first, last] = [fresh.at(0), fresh.at(-1)];
    if (first === undefined || last === undefined) return;
    // Positions have no gaps, so a batch that does not continue the views was read from the wrong place.
    if (first.position !== asOf + 1) throw new Error(`the views end at ${asOf}, the batch begins at ${first.position}`);
    const records = recordsAmong(fresh);
    if (records.length > 0) for (const view of followingViews) await applyRecords(view, records, sql);
    await sql.query('update view_checkpoints set position = $2 where name = $1', [CHECKPOINT, last.position]);
  });
}
