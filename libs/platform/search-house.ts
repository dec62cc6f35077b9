import { type IndexerHouse, type SearchIndex, searchIndex } from '#content/postgres';
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
