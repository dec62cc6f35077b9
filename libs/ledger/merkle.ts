import { sha256 } from '#kernel';

/** RFC 6962 Merkle trees over SHA-256: hashes, proofs, and their verification (RFC 9162, 2.1). */

/** A complete subtree of 2^level leaves; `index` counts such subtrees from the left. Level 0 are the leaf hashes. */
export type NodeAddress = { readonly level: number; readonly index: number };

/** Gives the stored hash of a complete subtree. */
export type ReadNode = (level: number, index: number) => Uint8Array;

/** Leaves `from` up to but without `to`. Whatever a proof holds is the hash of such a range. */
type LeafRange = { readonly from: number; readonly to: number };

const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;
const HASH_BYTES = 32;

/** The root of a tree without leaves. */
export const emptyRoot: Buffer = sha256('');

export function leafHash(leaf: Uint8Array): Buffer {
  const input = Buffer.allocUnsafe(1 + leaf.length);
  input[0] = LEAF_PREFIX;
  input.set(leaf, 1);
  return sha256(input);
}

// One buffer for every node: hashing is synchronous and copies, and this is the inner loop of sealing.
const nodeInput = Buffer.alloc(1 + 2 * HASH_BYTES, NODE_PREFIX);

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  if (left.length !== HASH_BYTES || right.length !== HASH_BYTES) throw new RangeError('a node hashes two hashes of 32 bytes');
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + HASH_BYTES);
  return sha256(nodeInput);
}

/** The root of a tree of `size` leaves, from its complete subtrees. */
export function treeRoot(size: number, read: ReadNode): Buffer {
  return size === 0 ? emptyRoot : rangeHash({ from: 0, to: size }, read);
}

/** The complete subtrees {@link inclusionProof} will read: load these, then assemble. */
export function inclusionNodes(index: number, size: number): NodeAddress[] {
  return inclusionRanges(index, size).flatMap(completeSubtrees);
}

/** PATH(index, D[size]) of RFC 9162, 2.1.3.1: sibling hashes from the leaf's up. */
export function inclusionProof(index: number, size: number, read: ReadNode): Buffer[] {
  return inclusionRanges(index, size).map((range) => rangeHash(range, read));
}

/** The complete subtrees {@link consistencyProof} will read. */
export function consistencyNodes(from: number, to: number): NodeAddress[] {
  return consistencyRanges(from, to).flatMap(completeSubtrees);
}

/** PROOF(from, D[to]) of RFC 9162, 2.1.4.1, for 0 < from <= to. */
export function consistencyProof(from: number, to: number, read: ReadNode): Buffer[] {
  return consistencyRanges(from, to).map((range) => rangeHash(range, read));
}

export type InclusionClaim = {
  readonly index: number | bigint;
  readonly size: number | bigint;
  readonly leafHash: Uint8Array;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
};

/** RFC 9162, 2.1.3.2. Total: false for whatever does not verify. */
export function verifyInclusion({ index, size, leafHash: leaf, proof, root }: InclusionClaim): boolean {
  let position = BigInt(index);
  let last = BigInt(size) - 1n;
  if (position < 0n || position > last || !areHashes([leaf, root, ...proof])) return false;
  let hash: Buffer = Buffer.from(leaf);
  for (const sibling of proof) {
    if (last === 0n) return false;
    if ((position & 1n) === 1n || position === last) {
      hash = nodeHash(sibling, hash);
      while ((position & 1n) === 0n && position !== 0n) [position, last] = [position >> 1n, last >> 1n];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [position, last] = [position >> 1n, last >> 1n];
  }
  return last === 0n && hash.equals(root);
}

export type ConsistencyClaim = {
  readonly from: number | bigint;
  readonly to: number | bigint;
  readonly fromRoot: Uint8Array;
  readonly toRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
};

/** RFC 9162, 2.1.4.2, for 0 < from <= to. Total: false for whatever does not verify. */
export function verifyConsistency({ from, to, fromRoot, toRoot, proof }: ConsistencyClaim): boolean {
  const [older, newer] = [BigInt(from), BigInt(to)];
  if (older < 1n || older > newer) return false;
  if (older === newer) return proof.length === 0 && Buffer.from(fromRoot).equals(toRoot);
  // A tree of 2^k leaves is itself a node of the newer tree: its root opens the path.
  const path = isPowerOfTwo(older) ? [fromRoot, ...proof] : proof;
  const [start, ...rest] = path;
  if (start === undefined || proof.length === 0 || !areHashes([...path, toRoot])) return false;
  let [position, last] = [older - 1n, newer - 1n];
  while ((position & 1n) === 1n) [position, last] = [position >> 1n, last >> 1n];
  let [olderHash, newerHash]: [Buffer, Buffer] = [Buffer.from(start), Buffer.from(start)];
  for (const node of rest) {
    if (last === 0n) return false;
    if ((position & 1n) === 1n || position === last) {
      olderHash = nodeHash(node, olderHash);
      newerHash = nodeHash(node, newerHash);
      while ((position & 1n) === 0n && position !== 0n) [position, last] = [position >> 1n, last >> 1n];
    } else {
      newerHash = nodeHash(newerHash, node);
    }
    [position, last] = [position >> 1n, last >> 1n];
  }
  return last === 0n && olderHash.equals(fromRoot) && newerHash.equals(toRoot);
}

function inclusionRanges(index: number, size: number): LeafRange[] {
  if (!(index >= 0 && index < size)) throw new RangeError(`no leaf ${index} in a tree of ${size}`);
  const ranges: LeafRange[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + largestPowerOfTwoBelow(to - from);
    ranges.push(index < middle ? { from: middle, to } : { from, to: middle });
    [from, to] = index < middle ? [from, middle] : [middle, to];
  }
  return ranges.reverse();
}

/** SUBPROOF of RFC 9162, 2.1.4.1, as a loop down the right edge of the older tree. */
function consistencyRanges(older: number, newer: number): LeafRange[] {
  if (!(older >= 1 && older <= newer)) throw new RangeError(`no consistency proof from ${older} to ${newer}`);
  const ranges: LeafRange[] = [];
  let [from, to] = [0, newer];
  while (to !== older) {
    const middle = from + largestPowerOfTwoBelow(to - from);
    ranges.push(older <= middle ? { from: middle, to } : { from, to: middle });
    [from, to] = older <= middle ? [from, middle] : [middle, to];
  }
  if (from !== 0) ranges.push({ from, to });
  return ranges.reverse();
}

function completeSubtrees({ from, to }: LeafRange): NodeAddress[] {
  const count = to - from;
  if (isPowerOfTwo(BigInt(count))) return [{ level: Math.log2(count), index: from / count }];
  const middle = from + largestPowerOfTwoBelow(count);
  return [...completeSubtrees({ from, to: middle }), ...completeSubtrees({ from: middle, to })];
}

function rangeHash({ from, to }: LeafRange, read: ReadNode): Buffer {
  const count = to - from;
  if (isPowerOfTwo(BigInt(count))) return Buffer.from(read(Math.log2(count), from / count));
  const middle = from + largestPowerOfTwoBelow(count);
  return nodeHash(rangeHash({ from, to: middle }, read), rangeHash({ from: middle, to }, read));
}

/** The largest power of two smaller than `count`, for count >= 2: where RFC 6962 splits a tree. */
function largestPowerOfTwoBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

function isPowerOfTwo(count: bigint): boolean {
  return (count & (count - 1n)) === 0n;
}

function areHashes(values: readonly Uint8Array[]): boolean {
  return values.every((value) => value.length === HASH_BYTES);
}
