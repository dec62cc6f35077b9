import type { Sql, StoredEvent } from '#event-store';
import { parseEvent, type RecordEvent } from '#ledger';
import { isRecordType } from '../sealer/records-to-seal.ts';

/** A record's event as views see it. */
export type Recorded = {
  readonly organization: string;
  readonly position: number;
  readonly event: RecordEvent;
};

type Column = null | boolean | number | string | readonly Column[] | { readonly [name: string]: Column };
/** A row by column name: what `to_jsonb` makes of it. */
export type Row = { readonly [column: string]: Column };

/**
 * A view that follows the log of events from a checkpoint. It holds ids, times and counts, never a name or a text:
 * those stay in the vault. Its rows are a fold, by key, over the records.
 */
export type FollowingView = {
  readonly name: string;
  readonly table: string;
  /** The columns of its primary key. */
  readonly key: readonly string[];
  /** The values of the key columns of the row that a record changes; null where it changes none. */
  keyOf(record: Recorded): readonly string[] | null;
  /** The row after a record. Pure. */
  apply(row: Row | null, record: Recorded): Row;
};

/** What of these events a following view can be about, in order. */
export function recordsAmong(events: readonly StoredEvent[]): Recorded[] {
  return events
    .filter(({ type }) => isRecordType(type))
    .map(({ organization, position, body }) => ({ organization, position, event: parseEvent(body.toString('utf8')) }));
}

/** Brings the rows up to date with records that come after all those applied before. */
export async function applyRecords(view: FollowingView, records: readonly Recorded[], sql: Sql): Promise<void> {
  const rows = await loadRows(view, records, sql);
  for (const record of records) {
    const key = view.keyOf(record);
    if (key === null) continue;
    const at = JSON.stringify(key);
    rows.set(at, view.apply(rows.get(at) ?? null, record));
  }
  await saveRows(view, [...rows.values()], sql);
}

async function loadRows({ table, key, keyOf }: FollowingView, records: readonly Recorded[], sql: Sql): Promise<Map<string, Row>> {
  const keys = records.map(keyOf).filter((values) => values !== null);
  const columns = key.map((_, column) => keys.map((values) => values[column] ?? null));
  const { rows } = await sql.query<{ row: Row }>(
    `select to_jsonb(t) as row from ${table} t
      where (${key.join(', ')}) in (select * from unnest(${key.map((_, column) => `$${column + 1}::text[]`).join(', ')}))`,
    columns,
  );
  return new Map(rows.map(({ row }) => [JSON.stringify(key.map((column) => row[column])), row]));
}

async function saveRows({ table, key }: FollowingView, rows: readonly Row[], sql: Sql): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const changed = Object.keys(first).map((column) => `${column} = excluded.${column}`);
  await sql.query(
    `insert into ${table} select * from jsonb_populate_recordset(null::${table}, $1::jsonb)
     on conflict (${key.join(', ')}) do update set ${changed.join(', ')}`,
    [JSON.stringify(rows)],
  );
}
