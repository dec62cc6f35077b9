import { type Database, type EventReader, type InlineView, inTransaction, type Sql, type StoredEvent } from '#event-store';
import { LIMITS } from '#kernel';
import { applyRecords, type FollowingView, recordsAmong } from './following-view.ts';
import { holdViews, viewsAsOf } from './run-projector.ts';
import { viewHash } from './view-hash.ts';

/** A view of either sort, as a rebuild sees it. */
export type RebuildableView = {
  readonly name: string;
  readonly tables: readonly string[];
  /** Position of the last event that the live tables hold. */
  asOf(sql: Sql): Promise<number>;
  /** The same, and nobody changes the live tables until the transaction ends. */
  hold(sql: Sql): Promise<number>;
  apply(events: readonly StoredEvent[], sql: Sql): Promise<void>;
};

export function inline(view: InlineView): RebuildableView {
  const head = async (sql: Sql) => {
    const { rows } = await sql.query<{ head: string }>('select coalesce(max(position), 0) as head from events');
    return Number(rows[0]?.head);
  };
  return {
    name: view.name,
    tables: view.tables,
    asOf: head,
    async hold(sql) {
      await sql.query('lock table events in share mode');
      return head(sql);
    },
    async apply(events, sql) {
      for (const event of events) if (view.handles.includes(event.type)) await view.apply(event, sql);
    },
  };
}

export function following(view: FollowingView): RebuildableView {
  return {
    name: view.name,
    tables: [view.table],
    asOf: viewsAsOf,
    hold: holdViews,
    apply: (events, sql) => applyRecords(view, recordsAmong(events), sql),
  };
}

/** `before`: hash of the live tables; `after`: of those built from events and vault up to the same position. */
export type Rebuilt = { readonly view: string; readonly position: number; readonly before: string; readonly after: string; readonly identical: boolean };

type Reader = Pick<EventReader, 'readAll'>;

/**
 * Builds a view's tables anew from events and vault, beside the live ones, compares both as of one position, catches up
 * and swaps the new ones in: in one transaction, so an interrupted rebuild leaves no trace. Calls go on meanwhile; only
 * the last step keeps writers of this view waiting, for as long as the events since take.
 */
export async function rebuild(database: Database, reader: Reader, view: RebuildableView): Promise<Rebuilt> {
  return buildBeside(database, reader, view, async (sql, position) => {
    await applyEvents(view, reader, { after: position, through: await view.hold(sql) }, sql);
    await swapIn(sql, view.tables);
  });
}

/** The same comparison, and the live tables stay. */
export async function compareRebuilt(database: Database, reader: Reader, view: RebuildableView): Promise<Rebuilt> {
  return buildBeside(database, reader, view, async (sql) => void (await sql.query(`drop schema ${BESIDE} cascade`)));
}

async function buildBeside(database: Database, reader: Reader, view: RebuildableView, finish: (sql: Sql, position: number) => Promise<void>): Promise<Rebuilt> {
  const live = await inTransaction(database, 'snapshot', async (sql) => {
    await sql.query(NO_TIMEOUT);
    return { position: await view.asOf(sql), hash: await viewHash(sql, view.tables) };
  });
  return inTransaction(database, 'write', async (sql) => {
    await sql.query(NO_TIMEOUT);
    await createBeside(sql, view.tables);
    await applyEvents(view, reader, { after: 0, through: live.position }, sql);
    const after = await viewHash(sql, view.tables, BESIDE);
    await finish(sql, live.position);
    return { view: view.name, position: live.position, before: live.hash, after, identical: after === live.hash };
  });
}

async function applyEvents(
  view: RebuildableView,
  reader: Reader,
  { after, through }: { readonly after: number; readonly through: number },
  sql: Sql,
): Promise<void> {
  for (let at = after; at < through; ) {
    const page = await reader.readAll({ after: at, limit: LIMITS.eventsPerPage });
    await view.apply(
      page.filter(({ position }) => position <= through),
      sql,
    );
    at = page.at(-1)?.position ?? through;
  }
}

/** Whole tables are read here. */
const NO_TIMEOUT = 'set local statement_timeout = 0';
const BESIDE = 'rebuilt';

/** From here to the end of the transaction the view's tables, by their plain names, are the new ones; all others the usual ones. */
async function createBeside(sql: Sql, tables: readonly string[]): Promise<void> {
  await sql.query(`create schema ${BESIDE}`);
  for (const table of tables) await sql.query(`create table ${BESIDE}.${table} (like ${table} including all)`);
  await sql.query(`select set_config('search_path', '${BESIDE}, ' || current_setting('search_path'), true)`);
}

async function swapIn(sql: Sql, tables: readonly string[]): Promise<void> {
  const { rows } = await sql.query<{ home: string }>(`select schemas[2] as home from current_schemas(false) as schemas`);
  const home = rows[0]?.home ?? 'public';
  for (const table of tables) {
    const names = await indexNames(sql, home, table);
    const built = await indexNames(sql, BESIDE, table);
    await sql.query(`drop table ${home}.${table}`);
    await sql.query(`alter table ${BESIDE}.${table} set schema ${home}`);
    for (const [definition, name] of built) {
      const original = names.get(definition);
      if (original !== undefined && original !== name) await sql.query(`alter index ${home}.${name} rename to ${original}`);
    }
  }
  await sql.query(`drop schema ${BESIDE}`);
}

/** The table's indexes, by what they are: a copy of a table gets names of its own. */
async function indexNames(sql: Sql, schema: string, table: string): Promise<Map<string, string>> {
  const { rows } = await sql.query<{ name: string; definition: string }>(
    `select quote_ident(indexname) as name, regexp_replace(indexdef, '^(CREATE (UNIQUE )?INDEX) .* USING ', '\\1 USING ') as definition
       from pg_indexes where schemaname = $1 and tablename = $2`,
    [schema, table],
  );
  return new Map(rows.map(({ name, definition }) => [definition, name]));
}
