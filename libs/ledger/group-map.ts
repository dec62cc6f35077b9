import { base64, canonical, sha256 } from '#kernel';
import { decodePage, emptyPage, hashOf, MapLeaf, type MapNode, type MapPage, mapLeafHash, mapNodeHash } from './map-page.ts';

/**
 * The group map of EVIDENCE: a binary prefix tree from group to the state of that group, most significant key bit
 * first. A proof that a group has a state is therefore a proof that it has no further record.
 */

/** A group over all its records of every class. `first` and `last` are log indices, `head` the leaf hash of the last. */
export type GroupState = { readonly count: number; readonly first: number; readonly head: Buffer; readonly last: number };

export type MapChange = { readonly key: Buffer; readonly value: Buffer };

/** `changedPages` by prefix: what a database has to write. */
export type MapUpdate = { readonly root: Buffer; readonly changedPages: Map<string, MapPage> };

/** Fetches encoded pages by prefix (hex digits of the key; '' is the root); absent pages are simply not in the answer. */
export type LoadPages = (prefixes: readonly string[]) => Promise<ReadonlyMap<string, Uint8Array>>;

const KEY_BITS = 256;
const PAGE_BITS = 4;

export function groupKey(origin: string, groupId: string): Buffer {
  return sha256(`deponent-group/v1\n${origin}\n${groupId}`);
}

export function groupValue({ count, first, head, last }: GroupState): Buffer {
  return sha256(canonical({ count, first, head: base64(head), last }));
}

/** Every stored page on the way to `keys`, level by level: one call of `load` a level, some log16(groups) in all. */
export async function loadMapPages(load: LoadPages, keys: readonly Buffer[]): Promise<Map<string, MapPage>> {
  const pages = new Map<string, MapPage>();
  let wanted = new Map([['', keys]]);
  for (let depth = 0; wanted.size > 0; depth++) {
    const stored = await load([...wanted.keys()]);
    const below = new Map<string, Buffer[]>();
    for (const [prefix, keysHere] of wanted) {
      const bytes = stored.get(prefix);
      if (bytes === undefined) continue;
      const page = decodePage(bytes);
      pages.set(prefix, page);
      for (const [nibble, group] of byNibble(keysHere, depth, (key) => key)) {
        if (Buffer.isBuffer(page.slot(nibble))) below.set(prefix + nibble.toString(16), group);
      }
    }
    wanted = below;
  }
  return pages;
}

/** Inserts or replaces (no group ever goes). Pure. `pages` must hold what {@link loadMapPages} gives for the keys. */
export function updateMap(pages: ReadonlyMap<string, MapPage>, changes: readonly MapChange[]): MapUpdate {
  const changedPages = new Map<string, MapPage>();
  const leaves = new Map(changes.map(({ key, value }) => [key.toString('latin1'), new MapLeaf(key, value)]));
  const root = putLeaves(pages, changedPages, '', pages.get('') ?? emptyPage, [...leaves.values()]);
  return { root: hashOf(root), changedPages };
}

function putLeaves(pages: ReadonlyMap<string, MapPage>, changed: Map<string, MapPage>, prefix: string, page: MapPage, leaves: readonly MapLeaf[]): MapNode {
  const slots = new Map<number, MapNode>();
  for (const [nibble, group] of byNibble(leaves, prefix.length, (leaf) => leaf.key)) {
    slots.set(nibble, putIntoSlot(pages, changed, prefix + nibble.toString(16), page.slot(nibble), group));
  }
  const updated = slots.size > 0 ? page.with(slots) : page;
  if (slots.size > 0) changed.set(prefix, updated);
  return updated.root;
}

function putIntoSlot(pages: ReadonlyMap<string, MapPage>, changed: Map<string, MapPage>, prefix: string, slot: MapNode, leaves: readonly MapLeaf[]): MapNode {
  if (Buffer.isBuffer(slot)) return putLeaves(pages, changed, prefix, pageAt(pages, prefix), leaves);
  const all = slot === null || leaves.some((leaf) => leaf.key.equals(slot.key)) ? leaves : [slot, ...leaves];
  const [only, second] = all;
  if (only !== undefined && second === undefined) return only;
  return putLeaves(pages, changed, prefix, emptyPage, all);
}

/** The stored value, and its siblings from the leaf's up; null where the map lacks the key. */
export function mapProof(pages: ReadonlyMap<string, MapPage>, key: Buffer): { readonly value: Buffer; readonly proof: Buffer[] } | null {
  const siblings: Buffer[] = [];
  let page = pages.get('') ?? emptyPage;
  for (let depth = 0; depth < KEY_BITS; depth += PAGE_BITS) {
    let node = page.root;
    for (let at = 1, bit = 0; bit < PAGE_BITS && Buffer.isBuffer(node); bit++) {
      const next = 2 * at + bitOf(key, depth + bit);
      siblings.push(hashOf(page.nodes[next ^ 1] ?? null));
      node = page.nodes[next] ?? null;
      at = next;
    }
    if (node instanceof MapLeaf) return node.key.equals(key) ? { value: node.value, proof: siblings.reverse() } : null;
    if (node === null) return null;
    page = pageAt(pages, key.toString('hex').slice(0, depth / PAGE_BITS + 1));
  }
  return null;
}

export type MapClaim = { readonly key: Uint8Array; readonly value: Uint8Array; readonly proof: readonly Uint8Array[]; readonly root: Uint8Array };

/** Total: false for whatever does not verify. */
export function verifyMapProof({ key, value, proof, root }: MapClaim): boolean {
  if (proof.length > KEY_BITS || ![key, value, root, ...proof].every((part) => part.length === 32)) return false;
  let hash = mapLeafHash(key, value);
  let depth = proof.length;
  for (const sibling of proof) {
    depth--;
    hash = bitOf(key, depth) === 0 ? mapNodeHash(hash, sibling) : mapNodeHash(sibling, hash);
  }
  return hash.equals(root);
}

function pageAt(pages: ReadonlyMap<string, MapPage>, prefix: string): MapPage {
  const page = pages.get(prefix);
  if (page === undefined) throw new Error(`page ${prefix} of the group map was not loaded`);
  return page;
}

function byNibble<T>(items: readonly T[], depth: number, keyOf: (item: T) => Buffer): Map<number, T[]> {
  return Map.groupBy(items, (item) => {
    const byte = keyOf(item)[depth >> 1] ?? 0;
    return depth % 2 === 0 ? byte >> 4 : byte & 15;
  });
}

function bitOf(key: Uint8Array, bit: number): number {
  return ((key[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1;
}
