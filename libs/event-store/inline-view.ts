import type { StoredEvent } from './port.ts';

/** The least of a database connection: one statement with parameters. */
export interface Sql {
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<{ rows: Row[]; rowCount: number | null }>;
}

/**
 * A view that is brought up to date inside the append's own transaction, so that every process reads its own and
 * others' writes. `apply` is deterministic: it reads no clock and no serial, only the events, the view's own tables and vault rows.
 */
export type InlineView = {
  readonly name: string;
  /** Tables this view owns; a rebuild makes them anew beside the old ones and swaps them in. */
  readonly tables: readonly string[];
  /** Stored event types it wants; others are not handed over. */
  readonly handles: readonly string[];
  apply(event: StoredEvent, sql: Sql): Promise<void>;
};
