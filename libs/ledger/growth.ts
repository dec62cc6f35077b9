import { treeRoot } from './merkle.ts';
import { fullTileHash, HASH_BYTES, nodeInTile, TILE_HEIGHT, TILE_WIDTH } from './tiles.ts';

/**
 * What is needed to continue a tree: its size and, for each tile level, the hashes of the tile that is not yet full
 * (empty where the level is a multiple of 256). These are also its partial tiles, to be served as they are.
 */
export type TreeEdge = { readonly size: number; readonly tiles: readonly Buffer[] };

/** A tile that became full: 256 hashes, 8,192 bytes, never to change. */
export type CompleteTile = { readonly level: number; readonly index: number; readonly hashes: Buffer };

export type Growth = { readonly edge: TreeEdge; readonly root: Buffer; readonly completeTiles: CompleteTile[] };

export const emptyEdge: TreeEdge = { size: 0, tiles: [] };

/** Appends leaves. Pure: the edge given stays valid. Cost: one hash a leaf, and some 250 a tile level for the root. */
export function grow(edge: TreeEdge, leafHashes: readonly Uint8Array[]): Growth {
  const completeTiles: CompleteTile[] = [];
  const tiles: Buffer[] = [];
  let incoming: readonly Uint8Array[] = leafHashes;
  for (let level = 0; incoming.length > 0 || level < edge.tiles.length; level++) {
    const before = Math.floor(edge.size / TILE_WIDTH ** level);
    const hashes = Buffer.concat([edge.tiles[level] ?? Buffer.alloc(0), ...incoming]);
    const full = cutFullTiles(hashes, level, Math.floor(before / TILE_WIDTH));
    tiles.push(Buffer.from(hashes.subarray(full.length * TILE_WIDTH * HASH_BYTES)));
    completeTiles.push(...full);
    incoming = full.map((tile) => fullTileHash(tile.hashes));
  }
  const grown = { size: edge.size + leafHashes.length, tiles };
  return { edge: grown, root: edgeRoot(grown), completeTiles };
}

/** The root of the tree that ends in this edge. */
export function edgeRoot(edge: TreeEdge): Buffer {
  return treeRoot(edge.size, (level, index) => nodeInTile(edge.tiles[Math.floor(level / TILE_HEIGHT)] ?? Buffer.alloc(0), { level, index }));
}

function cutFullTiles(hashes: Buffer, level: number, firstIndex: number): CompleteTile[] {
  const tileBytes = TILE_WIDTH * HASH_BYTES;
  const count = Math.floor(hashes.length / tileBytes);
  return Array.from({ length: count }, (_, at) => ({ level, index: firstIndex + at, hashes: hashes.subarray(at * tileBytes, (at + 1) * tileBytes) }));
}
