import { LIMITS } from '#kernel';
import type { ArtefactStore } from './artefact-store.ts';
import { createLru } from './lru.ts';
import type { Rendition } from './ports.ts';
import { decodeRendition } from './rendition.ts';

/**
 * Opened renditions of one process. They never change, so what was opened once is given again as it is: without disk,
 * decryption or copy. Addresses are keyed by organisation, so no organisation can name another's.
 */
export type OpenRenditions = { open(artefacts: ArtefactStore, address: string): Promise<Rendition> };

export function createOpenRenditions(capacity: number = LIMITS.renditionsRememberedBytes): OpenRenditions {
  const kept = createLru<Rendition>({ capacity, weigh: weightOf });
  const opening = new Map<string, Promise<Rendition>>();

  async function read(artefacts: ArtefactStore, address: string): Promise<Rendition> {
    const stored = await artefacts.get(address);
    if (stored === null) throw new Error(`rendition ${address} is referred to but not stored`);
    const rendition = decodeRendition(stored);
    kept.set(address, rendition);
    return rendition;
  }

  return {
    async open(artefacts, address) {
      const found = kept.get(address) ?? opening.get(address);
      if (found !== undefined) return found;
      const reading = read(artefacts, address).finally(() => opening.delete(address));
      opening.set(address, reading);
      return reading;
    },
  };
}

function weightOf({ bytes, lines }: Rendition): number {
  return bytes.byteLength + lines.byteOffsets.byteLength + lines.tokenOffsets.byteLength;
}
