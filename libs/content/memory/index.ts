import { type ArtefactStore, addressOf } from '../artefact-store.ts';

/** An artefact store for tests: keeps every promise of the port but durability and encryption. */
export function createMemoryArtefacts(blobKey: Uint8Array): ArtefactStore {
  const kept = new Map<string, Buffer>();
  return {
    async put(bytes) {
      const address = addressOf(blobKey, bytes);
      kept.set(address, Buffer.from(bytes));
      return address;
    },
    async get(address) {
      return kept.get(address) ?? null;
    },
  };
}

export { createMemorySearch } from './search.ts';
