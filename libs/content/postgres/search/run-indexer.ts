import { type Database, type EventReader, inTransaction, keepTrying, type StoredEvent } from '#event-store';
import { LIMITS } from '#kernel';
import { holdIndex, INDEX_VERSIONS, indexAsOf } from './index-checkpoint.ts';
import { handlesEvent } from './index-events.ts';
import type { SearchIndex } from './search-index.ts';

export type IndexerHouse = {
  readonly database: Database;
  readonly store: Pick<EventReader, 'subscribe'>;
  readonly index: SearchIndex;
  /** Told of what went wrong; the indexer tries again by itself. */
  readonly failed: (error: unknown) => void;
};

/** Keeps the search index up to date until `signal` aborts. Any number may run: each batch is applied by one of them. */
export async function runIndexer(house: IndexerHouse, signal: AbortSignal): Promise<void> {
  await keepTrying(() => follow(house, signal), house.failed, signal);
}

async function follow({ database, store, index }: IndexerHouse, signal: AbortSignal): Promise<void> {
  await renew(database, index);
  let asOf = await indexAsOf(database);
  for await (const events of store.subscribe({ after: asOf, signal })) {
    const last = events.at(-1)?.position ?? asOf;
    // Most events are calls. Their checkpoint is written now and then, so that not every call costs a write.
    if (!events.some(({ type }) => handlesEvent(type)) && last - asOf < LIMITS.eventsPerPage) continue;
    await indexEvents(database, index, events);
    asOf = last;
  }
}

/** An index that was made by another analyzer or chunker is emptied; what follows makes it anew. */
async function renew(database: Database, { tables }: SearchIndex): Promise<void> {
  await inTransaction(database, 'write', async (sql) => {
    await holdIndex(sql);
    const { rowCount } = await sql.query(
      'update search_index set position = 0, analyzer = $1, chunker = $2 where (analyzer, chunker) <> ($1, $2)',
      INDEX_VERSIONS,
    );
    if (rowCount !== null && rowCount > 0) await sql.query(`truncate ${tables.join(', ')}`);
  });
}

/**
 * Applies a page of events in transactions of bounded size, each with its checkpoint, leaving out what was applied before.
 * Nothing is lost where the database forgets the newest of these commits in a crash: the checkpoint is forgotten with it.
 */
export async function indexEvents(database: Database, index: SearchIndex, events: readonly StoredEvent[]): Promise<void> {
  for (const some of stepsOf(events)) {
    await inTransaction(database, 'write', async (sql) => {
      await sql.query('set local synchronous_commit = off');
      const asOf = await holdIndex(sql);
      const fresh = some.filter(({ position }) => position > asOf);
      const last = fresh.at(-1);
      if (last === undefined) return;
      await index.apply(fresh, sql);
      await sql.query('update search_index set position = $1', [last.position]);
    });
  }
}

/** Ends a step after so many events that change the index. */
function stepsOf(events: readonly StoredEvent[]): StoredEvent[][] {
  const steps: StoredEvent[][] = [[]];
  let relevant = 0;
  for (const event of events) {
    steps.at(-1)?.push(event);
    if (handlesEvent(event.type)) relevant += 1;
    if (handlesEvent(event.type) && relevant % LIMITS.indexedTogether === 0) steps.push([]);
  }
  return steps;
}
