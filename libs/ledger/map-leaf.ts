import { base64, canonical } from '#kernel';
import { TIME } from './forms.ts';
import { exactly, hash, integer, oneOf, readCanonical, readUtf8 } from './reading.ts';

/** The leaf that every checkpoint ends in: the group map over all records before it. `size` is its own index. */
export type MapStatement = { readonly root: Buffer; readonly size: number; readonly time: string };

export function writeMapLeaf({ root, size, time }: MapStatement): Buffer {
  return Buffer.from(canonical({ map: { root: base64(root), size, time }, v: 1 }), 'utf8');
}

const MAP_LEAF = exactly({ map: exactly({ root: hash, size: integer, time: TIME }), v: oneOf(1) });

export function parseMapLeaf(leaf: Uint8Array): MapStatement {
  return MAP_LEAF(readCanonical(readUtf8(leaf)), 'map leaf').map;
}

/** Tells a map leaf from a record's leaf: the first member of each. Says nothing of the rest. */
export function looksLikeMapLeaf(leaf: Uint8Array): boolean {
  return Buffer.from(leaf.subarray(0, MAP_LEAF_START.length)).equals(MAP_LEAF_START);
}

const MAP_LEAF_START = Buffer.from('{"map":');
