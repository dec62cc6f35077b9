import { type EventStore, openRow, StoreUnavailable } from '#event-store';
import { type Clock, LIMITS, type RandomBytes } from '#kernel';
import type { ArtefactStore } from '../artefact-store.ts';
import { completeExtraction, type ReadVersion } from '../decisions.ts';
import { append, partOf } from '../import/append.ts';
import { type FileState, fileStream, VersionDetails, versionRow } from '../streams.ts';
import { storeEncoded } from '../writes.ts';
import type { Claimed, ExtractionQueue, UnreadVersion } from './extraction-queue.ts';
import type { Ended, Extracted, Extractor } from './extractor.ts';
import { withoutText } from './outcome.ts';

/** What an organisation's documents are read with. */
export type OrganizationMeans = { readonly vaultKey: Uint8Array; readonly artefacts: ArtefactStore };

export type ExtractionHouse = {
  readonly queue: ExtractionQueue;
  readonly store: Pick<EventStore, 'readStream' | 'append'>;
  readonly meansOf: (organization: string) => Promise<OrganizationMeans>;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Told of what went wrong. */
  readonly failed: (error: unknown) => void;
};

/**
 * Reads one version and records what became of it, unless somebody else does. A document that ends its process, or ours,
 * is tried LIMITS.extractionAttempts times and then recorded as failed; an outage, or being closed, does not count.
 */
export async function readVersion(house: ExtractionHouse, extractor: Extractor, unread: UnreadVersion): Promise<void> {
  const claim = await house.queue.claim(unread);
  if (claim === null) return;
  try {
    const means = await house.meansOf(unread.organization);
    const row = { kind: 'name', id: versionRow(unread.contentId, unread.version), ciphertext: claim.details } as const;
    const details = VersionDetails.parse(openRow(means.vaultKey, row));
    const read = await attempt(extractor, means, details, unread, claim);
    if (read !== null) await record(house, means, details, unread, read);
  } catch (error) {
    if (error instanceof StoreUnavailable || extractor.isClosed()) await claim.forgive();
    throw error;
  } finally {
    claim.release();
  }
}

/** Null where it is to be tried again. */
async function attempt(
  extractor: Extractor,
  { artefacts }: OrganizationMeans,
  { extension, contentType }: VersionDetails,
  { blob }: UnreadVersion,
  { attempt }: Claimed,
): Promise<ReadVersion | null> {
  const isLast = attempt >= LIMITS.extractionAttempts;
  if (attempt > LIMITS.extractionAttempts) return givenUp({ ended: 'Reading it was cut short too often.' });
  const bytes = await artefacts.get(blob);
  if (bytes === null) return givenUp({ ended: 'Its bytes are not stored any more.' });
  const extracted = await extractor.extract(bytes, { extension, contentType });
  if ('ended' in extracted) return isLast ? givenUp(extracted) : null;
  return stored(artefacts, extracted);
}

function givenUp({ ended }: Ended): ReadVersion {
  return { outcome: withoutText('failed', ended), rendition: null };
}

async function stored(artefacts: ArtefactStore, { outcome, rendition }: Extracted): Promise<ReadVersion> {
  return { outcome, rendition: rendition === null ? null : await storeEncoded(artefacts, rendition) };
}

/** Decided on the file's stream as it is now, and again where somebody else has saved meanwhile: recorded once, whoever tries how often. */
async function record(
  { store, clock, random }: ExtractionHouse,
  { vaultKey }: OrganizationMeans,
  details: VersionDetails,
  { organization, contentId, version }: UnreadVersion,
  read: ReadVersion,
): Promise<void> {
  for (let attempts = 0; attempts < LIMITS.decisionAttempts; attempts++) {
    const past = await store.readStream(fileStream.nameOf(contentId));
    const file = past.reduce<FileState>((state, { type, body }) => fileStream.evolve(state, fileStream.parse(type, JSON.parse(body.toString('utf8')))), null);
    const decision = completeExtraction({ contentId, version }, file, details, read);
    if (decision.events.length === 0) return;
    const part = partOf(fileStream, { id: contentId, revision: past.length }, decision, { vaultKey, clock, random });
    if ((await append(store, organization, [part])) === null) return;
  }
  throw new StoreUnavailable('the file is being changed too often to record that it was read', 'none');
}
