import { createHmac } from 'node:crypto';
import { deriveKey } from '#kernel';

/**
 * The blobs and renditions of one organisation: immutable, encrypted at rest, addressed by a keyed hash of their
 * content. Events refer to artefacts by address, so an artefact is stored before the event that names it.
 *
 * Durable: when `put` answers, the bytes survive a power cut. Atomic: an address has all its bytes or none.
 * Concurrent: any number of writers, also of the same bytes. Idempotent: the same bytes have the same address.
 * Throws StoreUnavailable in an outage. After any error of `put` the artefact may or may not exist; storing it again is
 * always right.
 */
export interface ArtefactStore {
  put(bytes: Uint8Array): Promise<string>;
  /** Null where nothing is stored under the address. Throws where what is stored is not what was put. */
  get(address: string): Promise<Buffer | null>;
}

/** 64 hex digits: only whoever has the organisation's key can say whether a guessed content is stored. */
export function addressOf(blobKey: Uint8Array, bytes: Uint8Array): string {
  return createHmac('sha256', deriveKey(blobKey, 'address')).update(bytes).digest('hex');
}
