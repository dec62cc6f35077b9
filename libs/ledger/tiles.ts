import type { NodeAddress } from './merkle.ts';
import { nodeHash } from './merkle.ts';
import { Rejected } from './rejected.ts';

/** C2SP tlog-tiles: a tile holds up to 256 consecutive hashes of tree level 8 × `level`; `index` counts tiles from the left. */
export type TileAddress = { readonly level: number; readonly index: number; readonly width: number };

export const TILE_HEIGHT = 8;
export const TILE_WIDTH = 256;
export const HASH_BYTES = 32;

/** `tile/<L>/<N>[.p/<W>]`. */
export function tilePath({ level, index, width }: TileAddress): string {
  return `tile/${level}/${indexPath(index)}${widthSuffix(width)}`;
}

/** `tile/entries/<N>[.p/<W>]`. */
export function entriesPath(index: number, width: number): string {
  return `tile/entries/${indexPath(index)}${widthSuffix(width)}`;
}

const TILE_PATH = /^tile\/(0|[1-9]\d?|entries)\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;

/** The address behind a path, with `level` null for an entry bundle; null unless it is the one spelling of an address. */
export function parseTilePath(path: string): { readonly level: number | null; readonly index: number; readonly width: number } | null {
  const [, level, digits, partial] = TILE_PATH.exec(path) ?? [];
  if (level === undefined || digits === undefined) return null;
  const index = Number(digits.replaceAll(/[x/]/g, ''));
  const width = partial === undefined ? TILE_WIDTH : Number(partial);
  if (!Number.isSafeInteger(index) || width > TILE_WIDTH || (partial !== undefined && width === TILE_WIDTH)) return null;
  const address = { level: level === 'entries' ? null : Number(level), index, width };
  const spelt = address.level === null ? entriesPath(index, width) : tilePath({ level: address.level, index, width });
  return spelt === path && (address.level ?? 0) <= 63 ? address : null;
}

/** How many hashes tile `index` of `level` has in a tree of `size`; 0 when the tree does not reach it. */
export function tileWidth(level: number, index: number, size: number): number {
  return Math.max(0, Math.min(TILE_WIDTH, hashesAtLevel(level, size) - index * TILE_WIDTH));
}

/** How many hashes tile level `level` has: complete subtrees of 256^level leaves. */
export function hashesAtLevel(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/** The tile of a tree of `size` from which a complete subtree's hash is read or computed. */
export function tileOf({ level, index }: NodeAddress, size: number): TileAddress {
  const tileLevel = Math.floor(level / TILE_HEIGHT);
  const tileIndex = Math.floor((index * 2 ** (level % TILE_HEIGHT)) / TILE_WIDTH);
  return { level: tileLevel, index: tileIndex, width: tileWidth(tileLevel, tileIndex, size) };
}

/** The hash of a complete subtree, from the bytes of the tile that {@link tileOf} names. */
export function nodeInTile(hashes: Uint8Array, { level, index }: NodeAddress): Buffer {
  const count = 2 ** (level % TILE_HEIGHT);
  const first = (index * count) % TILE_WIDTH;
  if ((first + count) * HASH_BYTES > hashes.length) throw new RangeError(`tile is too narrow for node ${level}/${index}`);
  return subtreeHash(hashes, first, count);
}

/** The hash over a full tile's 256 hashes: one hash of the level above. */
export function fullTileHash(hashes: Uint8Array): Buffer {
  return subtreeHash(hashes, 0, TILE_WIDTH);
}

function subtreeHash(hashes: Uint8Array, first: number, count: number): Buffer {
  let row: Uint8Array[] = Array.from({ length: count }, (_, at) => hashes.subarray((first + at) * HASH_BYTES, (first + at + 1) * HASH_BYTES));
  while (row.length > 1) row = pairs(row);
  return Buffer.from(row[0] ?? new Uint8Array());
}

function pairs(row: readonly Uint8Array[]): Buffer[] {
  const above: Buffer[] = [];
  for (let at = 0; at + 1 < row.length; at += 2) above.push(nodeHash(row[at] ?? new Uint8Array(), row[at + 1] ?? new Uint8Array()));
  return above;
}

/** An entry bundle: each leaf after its length as a big-endian uint16. */
export function writeEntryBundle(leaves: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    leaves.flatMap((leaf) => {
      if (leaf.length > 0xffff) throw new RangeError('an entry has at most 65,535 bytes');
      return [Buffer.of(leaf.length >> 8, leaf.length & 0xff), leaf];
    }),
  );
}

/** The leaves of an entry bundle. Throws {@link Rejected} when bytes are missing, left over, or more than 256 leaves. */
export function parseEntryBundle(bundle: Uint8Array): Buffer[] {
  const bytes = Buffer.from(bundle.buffer, bundle.byteOffset, bundle.byteLength);
  const leaves: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 2 <= bytes.length ? at + 2 + bytes.readUInt16BE(at) : Number.POSITIVE_INFINITY;
    if (end > bytes.length || leaves.length === TILE_WIDTH) throw new Rejected('entry bundle is cut or too long');
    leaves.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return leaves;
}

function indexPath(index: number): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? [];
  return groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/');
}

function widthSuffix(width: number): string {
  return width === TILE_WIDTH ? '' : `.p/${width}`;
}
