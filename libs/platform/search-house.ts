import { type IndexerHouse, indexAsOf, indexEvents, type SearchIndex, searchIndex } from '#content/postgres';
import { LIMITS } from '#kernel';
import { artefactsOf, blobsOf, type OpenHouse } from './house.ts';

/** The search index over the texts of every organisation of an open house. */
export function searchIndexOf({ identities }: Pick<OpenHouse, 'identities'>, dataDirectory: string): SearchIndex {
  const blobs = blobsOf(dataDirectory);
  return searchIndex(async (organization) => {
    const { keys } = await identities.of(organization);
    return { vaultKey: keys.vault, artefacts: artefactsOf(blobs, organization, keys) };
  });
}

/** What keeping the search index up to date needs. */
export function indexerHouse(house: OpenHouse, dataDirectory: string, failed: (error: unknown) => void): IndexerHouse {
  return { database: house.database.pool, store: house.events, index: searchIndexOf(house, dataDirectory), failed };
}

/** Brings the search index up to what is stored now, beside whoever else does: what was imported before can then be found. */
export async function indexUpToNow(house: OpenHouse, dataDirectory: string, progress: (made: { done: number; total: number }) => void): Promise<void> {
  const { pool } = house.database;
  const index = searchIndexOf(house, dataDirectory);
  const [start, head] = [await indexAsOf(pool), await house.events.head()];
  for (let after = start; after < head; ) {
    const events = await house.events.readAll({ after, limit: LIMITS.eventsPerPage });
    await indexEvents(pool, index, events);
    after = events.at(-1)?.position ?? head;
    progress({ done: Math.min(after, head) - start, total: head - start });
  }
}
