import { type ExtractionHouse, type ExtractionProgress, type Outcomes, readSite } from '#content';
import { extractionQueue } from '#content/postgres';
import { artefactsOf, blobsOf, type OpenHouse } from './house.ts';

/** What reading documents needs, from the parts of an open house. */
export function extractionHouse(house: OpenHouse, dataDirectory: string, failed: (error: unknown) => void): ExtractionHouse {
  const { database, events, identities, clock, random } = house;
  return {
    queue: extractionQueue(database.pool, database.connect),
    store: events,
    async meansOf(organization) {
      const { keys } = await identities.of(organization);
      return { vaultKey: keys.vault, artefacts: artefactsOf(blobsOf(dataDirectory), organization, keys) };
    },
    clock,
    random,
    failed,
  };
}

/** After an import: returns when the text of every document of the site is there, or it is recorded why there is none. Gives what became of them. */
export async function readImported(
  house: OpenHouse,
  dataDirectory: string,
  siteId: string,
  progress: ExtractionProgress,
  failed: (error: unknown) => void,
): Promise<Outcomes> {
  return readSite(extractionHouse(house, dataDirectory, failed), siteId, progress, new AbortController().signal);
}
