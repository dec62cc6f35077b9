import { type NodeAddress, type ReadNode, treeRoot } from './merkle.ts';
import { Rejected } from './rejected.ts';
import { fullTileHash, HASH_BYTES, hashesAtLevel, nodeInTile, TILE_WIDTH, type TileAddress, tileOf, tilePath, tileWidth } from './tiles.ts';

/** Gives the bytes of a tile by its path, or null. The bytes are not trusted. */
export type ReadTile = (path: string) => Uint8Array | null;

/**
 * The tiles of the tree's right edge (one for each level that is not full), which together give its root, and
 * those on the way from each of `indices` up to it. What a bundle holds, and all that proofs of these leaves need.
 */
export function tilesFor(indices: Iterable<number>, size: number): TileAddress[] {
  const tiles = new Map<string, TileAddress>();
  const add = (level: number, index: number) => {
    const tile = { level, index, width: tileWidth(level, index, size) };
    if (tile.width > 0) tiles.set(tilePath(tile), tile);
  };
  for (let level = 0; hashesAtLevel(level, size) > 0; level++) add(level, Math.floor(hashesAtLevel(level, size) / TILE_WIDTH));
  for (const leaf of indices) {
    let index = Math.floor(leaf / TILE_WIDTH);
    for (let level = 0; tileWidth(level, index, size) === TILE_WIDTH; level++, index = Math.floor(index / TILE_WIDTH)) {
      if (tiles.has(tilePath({ level, index, width: TILE_WIDTH }))) break;
      add(level, index);
    }
  }
  return [...tiles.values()];
}

/**
 * Reads nodes of a tree from tiles that nobody vouches for. Every tile is authenticated from the root down before
 * anything is taken from it: the right edge must give `root`, and a full tile must hash to its entry in the
 * (authenticated) tile above. Throws {@link Rejected} naming the tile that is missing or false.
 */
export class TileReader {
  readonly #size: number;
  readonly #read: ReadTile;
  readonly #trusted = new Map<string, Uint8Array>();

  constructor(size: number, root: Uint8Array, read: ReadTile) {
    this.#size = size;
    this.#read = read;
    this.#authenticateEdge(root);
  }

  /** The hash of a complete subtree, for {@link inclusionProof} and {@link consistencyProof}. */
  readonly node: ReadNode = (level, index) => this.#node({ level, index });

  #node(node: NodeAddress): Buffer {
    return nodeInTile(this.#trustedTile(tileOf(node, this.#size)), node);
  }

  #authenticateEdge(root: Uint8Array): void {
    const edge = new Map(tilesFor([], this.#size).map((tile) => [tilePath(tile), this.#fetch(tile)]));
    const computed = treeRoot(this.#size, (level, index) => {
      const node = { level, index };
      const tile = tileOf(node, this.#size);
      return nodeInTile(edge.get(tilePath(tile)) ?? this.#missing(tile), node);
    });
    if (!computed.equals(root)) throw new Rejected('the right edge of the tiles does not give the root');
    for (const [path, hashes] of edge) this.#trusted.set(path, hashes);
  }

  #trustedTile(tile: TileAddress): Uint8Array {
    const path = tilePath(tile);
    const known = this.#trusted.get(path);
    if (known !== undefined) return known;
    if (tile.width !== TILE_WIDTH) return this.#missing(tile);
    const above = { level: (tile.level + 1) * 8, index: tile.index };
    const expected = this.#node(above);
    const hashes = this.#fetch(tile);
    if (!fullTileHash(hashes).equals(expected)) throw new Rejected(`${path} is not the tile of this tree`);
    this.#trusted.set(path, hashes);
    return hashes;
  }

  #fetch(tile: TileAddress): Uint8Array {
    const hashes = this.#read(tilePath(tile)) ?? this.#missing(tile);
    if (hashes.length !== tile.width * HASH_BYTES) throw new Rejected(`${tilePath(tile)} has the wrong length`);
    return hashes;
  }

  #missing(tile: TileAddress): never {
    throw new Rejected(`${tilePath(tile)} is missing`);
  }
}
