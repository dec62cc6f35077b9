import { sha256 } from '#kernel';

/**
 * The group map's tree, stored in pages of four levels: 16 slots, each empty, one group (collapsed to its leaf), or
 * a page of its own. A page keeps the hashes between its root and its slots, so a change rehashes one path only.
 */
export class MapPage {
  /** A binary heap: the page's root at 1, its slots from 16 to 31. */
  readonly nodes: readonly MapNode[];

  constructor(nodes: readonly MapNode[]) {
    this.nodes = nodes;
  }

  get root(): MapNode {
    return this.nodes[1] ?? null;
  }

  slot(nibble: number): MapNode {
    return this.nodes[SLOTS + nibble] ?? null;
  }

  /** The same page with other slots. */
  with(slots: ReadonlyMap<number, MapNode>): MapPage {
    const nodes = [...this.nodes];
    const changed = new Set<number>();
    for (const [nibble, node] of slots) {
      nodes[SLOTS + nibble] = node;
      changed.add(SLOTS + nibble);
    }
    for (let at = SLOTS - 1; at >= 1; at--) {
      if (!changed.has(2 * at) && !changed.has(2 * at + 1)) continue;
      nodes[at] = join(nodes[2 * at] ?? null, nodes[2 * at + 1] ?? null);
      changed.add(at);
    }
    return new MapPage(nodes);
  }
}

/** A subtree: empty, one group, or the hash of two and more. */
export type MapNode = null | MapLeaf | Buffer;

/** One group. Its hash is computed when first needed: most siblings of a change are read but not hashed. */
export class MapLeaf {
  readonly key: Buffer;
  readonly value: Buffer;
  #hash: Buffer | null = null;

  constructor(key: Buffer, value: Buffer) {
    this.key = key;
    this.value = value;
  }

  get hash(): Buffer {
    this.#hash ??= mapLeafHash(this.key, this.value);
    return this.#hash;
  }
}

const SLOTS = 16;
const HASH_BYTES = 32;
const LEAF_PREFIX = 0x10;
const NODE_PREFIX = 0x11;
const EMPTY_SUBTREE = Buffer.alloc(HASH_BYTES);

export const emptyPage = new MapPage(Array.from({ length: 2 * SLOTS }, () => null));

export function mapLeafHash(key: Uint8Array, value: Uint8Array): Buffer {
  return prefixedHash(LEAF_PREFIX, key, value);
}

export function mapNodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return prefixedHash(NODE_PREFIX, left, right);
}

export function hashOf(node: MapNode): Buffer {
  return node === null ? EMPTY_SUBTREE : node instanceof MapLeaf ? node.hash : node;
}

/** A subtree with one leaf collapses to that leaf. */
function join(left: MapNode, right: MapNode): MapNode {
  if (left === null && !Buffer.isBuffer(right)) return right;
  if (right === null && !Buffer.isBuffer(left)) return left;
  return mapNodeHash(hashOf(left), hashOf(right));
}

const input = Buffer.alloc(1 + 2 * HASH_BYTES);

function prefixedHash(prefix: number, first: Uint8Array, second: Uint8Array): Buffer {
  input[0] = prefix;
  input.set(first, 1);
  input.set(second, 1 + HASH_BYTES);
  return sha256(input);
}

/**
 * Two bit masks (which slots hold a group, which a page), the slots in order (key and value, or hash), then the
 * inner hashes from node 15 down to 1. Which inner nodes have a hash of their own follows from the masks.
 */
export function encodePage(page: MapPage): Buffer {
  const parts: Buffer[] = [];
  let [leaves, branches] = [0, 0];
  for (let nibble = 0; nibble < SLOTS; nibble++) {
    const node = page.slot(nibble);
    if (node instanceof MapLeaf) {
      leaves |= 1 << nibble;
      parts.push(node.key, node.value);
    } else if (node !== null) {
      branches |= 1 << nibble;
      parts.push(node);
    }
  }
  for (let at = SLOTS - 1; at >= 1; at--) {
    const node = page.nodes[at];
    if (Buffer.isBuffer(node)) parts.push(node);
  }
  return Buffer.concat([Buffer.of(leaves >> 8, leaves & 0xff, branches >> 8, branches & 0xff), ...parts]);
}

/** What {@link encodePage} wrote. Throws RangeError for anything else: pages are our own, a broken one is a defect. */
export function decodePage(bytes: Uint8Array): MapPage {
  const data = Buffer.from(bytes);
  const [leaves, branches] = [data.readUInt16BE(0), data.readUInt16BE(2)];
  let at = 4;
  const next = () => {
    at += HASH_BYTES;
    return data.subarray(at - HASH_BYTES, at);
  };
  const nodes: MapNode[] = Array.from({ length: 2 * SLOTS }, () => null);
  for (let nibble = 0; nibble < SLOTS; nibble++) {
    if ((leaves >> nibble) & 1) nodes[SLOTS + nibble] = new MapLeaf(next(), next());
    else if ((branches >> nibble) & 1) nodes[SLOTS + nibble] = next();
  }
  for (let inner = SLOTS - 1; inner >= 1; inner--) {
    const [left, right] = [nodes[2 * inner] ?? null, nodes[2 * inner + 1] ?? null];
    const collapses = (left === null && !Buffer.isBuffer(right)) || (right === null && !Buffer.isBuffer(left));
    nodes[inner] = collapses ? (left ?? right) : next();
  }
  if (at !== data.length) throw new RangeError('not a page of the group map');
  return new MapPage(nodes);
}
