import type { MapPage } from './map-page.ts';

/** A group as the map states it, over all its records of every class. `first` and `last` are log indices, `head` the leaf hash of the last. */
export type GroupState = { readonly count: number; readonly first: number; readonly head: Buffer; readonly last: number };

export type MapChange = { readonly key: Buffer; readonly value: Buffer };
export type MapUpdate = { readonly root: Buffer; readonly changedPages: Map<string, MapPage> };

/** Fetches encoded pages by prefix (hex nibbles, '' is the root); absent pages are simply not in the answer. */
export type LoadPages = (prefixes: readonly string[]) => Promise<ReadonlyMap<string, Uint8Array>>;

/** Every stored page on the way to `keys`, level by level: at most one call of `load` a level. */
export async function loadMapPages(load: LoadPages, keys: readonly Buffer[]): Promise<Map<string, MapPage>> {
  await load([]);
  throw new Error(`${keys.length} keys: not built yet`);
}

/** Inserts or replaces. Pure. `pages` must hold what {@link loadMapPages} gives for the keys. */
export function updateMap(pages: ReadonlyMap<string, MapPage>, changes: readonly MapChange[]): MapUpdate {
  throw new Error(`${pages.size} pages, ${changes.length} changes: not built yet`);
}

/** Siblings from the leaf's up, and the stored value; null where the map lacks the key. */
export function mapProof(pages: ReadonlyMap<string, MapPage>, key: Buffer): { readonly value: Buffer; readonly proof: Buffer[] } | null {
  throw new Error(`${pages.size} pages, ${key.length} bytes: not built yet`);
}
