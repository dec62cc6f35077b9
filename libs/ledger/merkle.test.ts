import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { vectorBytes, vectorFiles, vectorText } from '../../test/support/vectors.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { edgeRoot, emptyEdge, grow } from './growth.ts';
import {
  consistencyNodes,
  consistencyProof,
  emptyRoot,
  inclusionNodes,
  inclusionProof,
  leafHash,
  type NodeAddress,
  nodeHash,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts';
import { Rejected } from './rejected.ts';
import { TileReader, tilesFor } from './tile-reader.ts';
import { entriesPath, parseEntryBundle, parseTilePath, tilePath, tileWidth, writeEntryBundle } from './tiles.ts';

const RFC6962 = 'rfc6962-transparency-dev-merkle/testdata';

/** Sizes and indices go up to 2^64-1: read digits as text before JSON.parse rounds them. */
function readCase(path: string) {
  const exact = vectorText(path).replace(/"(leafIdx|treeSize|size1|size2)": (\d+)/g, '"$1": "$2"');
  return JSON.parse(exact) as { [name: string]: string } & { proof: string[] | null; wantErr: boolean };
}

const bytes = (text: string | null | undefined) => Buffer.from(text ?? '', 'base64');

describe('RFC 6962 vectors', () => {
  const inclusion = vectorFiles(`${RFC6962}/inclusion`, '.json');
  const consistency = vectorFiles(`${RFC6962}/consistency`, '.json');

  it('are all here', () => {
    expect([inclusion.length, consistency.length]).toEqual([98, 98]);
  });

  it.each(inclusion)('%s', (path) => {
    const { leafIdx, treeSize, root, leafHash: leaf, proof, wantErr } = readCase(path);
    const claim = { index: BigInt(leafIdx!), size: BigInt(treeSize!), leafHash: bytes(leaf), proof: (proof ?? []).map(bytes), root: bytes(root) };
    expect(verifyInclusion(claim)).toBe(!wantErr);
  });

  it.each(consistency)('%s', (path) => {
    const { size1, size2, root1, root2, proof, wantErr } = readCase(path);
    const claim = { from: BigInt(size1!), to: BigInt(size2!), fromRoot: bytes(root1), toRoot: bytes(root2), proof: (proof ?? []).map(bytes) };
    expect(verifyConsistency(claim)).toBe(!wantErr);
  });
});

/** RFC 6962, 2.1, word for word: the oracle. */
function mth(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return emptyRoot;
  if (leaves.length === 1) return leaves[0]!;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(mth(leaves.slice(0, split)), mth(leaves.slice(split)));
}

const leavesOf = (size: number) => Array.from({ length: size }, (_, at) => leafHash(Buffer.from(`leaf ${at}`)));
const readFrom = (leaves: readonly Buffer[]) => (level: number, index: number) => mth(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level));

describe('proofs we write', () => {
  const leaves = leavesOf(70);

  it('verify for every leaf of every small tree, and for no other leaf, size or root', () => {
    for (let size = 1; size <= 70; size++) {
      const root = treeRoot(size, readFrom(leaves));
      expect(root).toEqual(mth(leaves.slice(0, size)));
      for (let index = 0; index < size; index++) {
        const proof = inclusionProof(index, size, readFrom(leaves));
        const claim = { index, size, leafHash: leaves[index]!, proof, root };
        expect(verifyInclusion(claim)).toBe(true);
        expect(verifyInclusion({ ...claim, leafHash: leaves[(index + 1) % 70]! })).toBe(false);
        expect(verifyInclusion({ ...claim, proof: [...proof, root] })).toBe(false);
      }
    }
  });

  it('of consistency verify between all small trees, and not against a tree with another leaf', () => {
    const other = [...leaves.slice(0, 20), leafHash(Buffer.from('other')), ...leaves.slice(21)];
    for (let to = 1; to <= 70; to++) {
      for (let from = 1; from <= to; from++) {
        const claim = { from, to, fromRoot: mth(leaves.slice(0, from)), toRoot: mth(leaves.slice(0, to)), proof: consistencyProof(from, to, readFrom(leaves)) };
        expect(verifyConsistency(claim)).toBe(true);
        expect(verifyConsistency({ ...claim, fromRoot: mth(other.slice(0, from)) })).toBe(from <= 20);
      }
    }
  });

  it('name the nodes they will read', () => {
    const reads = (work: (read: (level: number, index: number) => Buffer) => unknown): NodeAddress[] => {
      const seen: NodeAddress[] = [];
      work((level, index) => {
        seen.push({ level, index });
        return readFrom(leaves)(level, index);
      });
      return seen;
    };
    for (const [a, b] of [
      [0, 1],
      [5, 7],
      [63, 70],
      [64, 65],
    ] as const) {
      expect(reads((read) => inclusionProof(a, b, read))).toEqual(inclusionNodes(a, b));
      if (a > 0) expect(reads((read) => consistencyProof(a, b, read))).toEqual(consistencyNodes(a, b));
    }
  });
});

describe('growth and tiles', () => {
  it('any division into batches gives the root and the tiles of the whole', () => {
    const leaves = leavesOf(1_200);
    fc.assert(
      fc.property(fc.array(fc.nat(600), { maxLength: 6 }), (batches) => {
        let edge = emptyEdge;
        const tiles = new Map<string, Buffer>();
        for (const batch of batches) {
          const next = leaves.slice(edge.size, Math.min(edge.size + batch, leaves.length));
          const grown = grow(edge, next);
          for (const tile of grown.completeTiles) tiles.set(tilePath({ ...tile, width: 256 }), tile.hashes);
          edge = grown.edge;
          expect(grown.root).toEqual(mth(leaves.slice(0, edge.size)));
        }
        const all = leaves.slice(0, edge.size);
        for (let index = 0; (index + 1) * 256 <= edge.size; index++) {
          expect(tiles.get(tilePath({ level: 0, index, width: 256 }))).toEqual(Buffer.concat(all.slice(index * 256, (index + 1) * 256)));
        }
        expect(edge.tiles.map((tile) => tile.length / 32)).toEqual(edge.tiles.map((_, level) => Math.floor(edge.size / 256 ** level) % 256));
      }),
      { numRuns: 25 },
    );
  });

  it('a reader gives proofs from the tiles of a bundle, and takes nothing from a tile that is not authenticated', () => {
    const size = 66_100; // three levels, each with a partial tile
    const leaves = leavesOf(size);
    const grown = grow(emptyEdge, leaves);
    const all = new Map(grown.completeTiles.map((tile) => [tilePath({ ...tile, width: 256 }), tile.hashes]));
    grown.edge.tiles.forEach((hashes, level) => {
      const index = Math.floor(Math.floor(size / 256 ** level) / 256);
      if (hashes.length > 0) all.set(tilePath({ level, index, width: hashes.length / 32 }), hashes);
    });
    const indices = [0, 255, 256, 65_535, 65_536, 66_099];
    const shipped = new Map(tilesFor(indices, size).map((tile) => [tilePath(tile), all.get(tilePath(tile))!]));
    expect(shipped.size).toBeLessThan(9);
    const reader = new TileReader(size, grown.root, (path) => shipped.get(path) ?? null);
    for (const index of indices) {
      const proof = inclusionProof(index, size, reader.node);
      expect(verifyInclusion({ index, size, leafHash: leaves[index]!, proof, root: grown.root })).toBe(true);
    }
    for (const [path, tile] of shipped) {
      const forged = Buffer.from(tile);
      forged[5]! ^= 1;
      const tampered = new Map(shipped).set(path, forged);
      expect(() => {
        const opened = new TileReader(size, grown.root, (one) => tampered.get(one) ?? null);
        for (const index of indices) inclusionProof(index, size, opened.node);
        for (const index of indices) opened.node(0, index);
      }).toThrow(Rejected);
    }
    expect(() => new TileReader(size, grown.root, () => null)).toThrow(Rejected);
  });

  it('paths have one spelling', () => {
    expect(tilePath({ level: 0, index: 1234067, width: 256 })).toBe('tile/0/x001/x234/067');
    expect(entriesPath(67, 3)).toBe('tile/entries/067.p/3');
    expect(parseTilePath('tile/2/x001/x234/067.p/9')).toEqual({ level: 2, index: 1234067, width: 9 });
    for (const path of [
      'tile/00/000',
      'tile/0/0',
      'tile/0/x000/001',
      'tile/0/000.p/256',
      'tile/0/000.p/0',
      'tile/64/000',
      'tile/0/1000',
      'tile/0/000/',
      '/tile/0/000',
    ]) {
      expect(parseTilePath(path)).toBeNull();
    }
    expect([tileWidth(0, 273, 70_000), tileWidth(1, 0, 70_000), tileWidth(1, 1, 70_000), tileWidth(2, 0, 70_000), tileWidth(1, 0, 256)]).toEqual([
      112, 256, 17, 1, 1,
    ]);
  });

  it('entry bundles come back, and are refused when cut', () => {
    const entries = [Buffer.from('a'), Buffer.alloc(0), Buffer.alloc(60_000, 7)];
    expect(parseEntryBundle(writeEntryBundle(entries))).toEqual(entries);
    expect(() => parseEntryBundle(writeEntryBundle(entries).subarray(0, -1))).toThrow(Rejected);
    expect(() => parseEntryBundle(Buffer.of(0))).toThrow(Rejected);
  });
});

describe('a log written by Tessera', () => {
  const LOG = 'tlog-tiles-tessera/testdata/log';
  const checkpointOf = (size: number) => parseCheckpoint(vectorText(`${LOG}/checkpoint.${size}`).split('\n\n')[0]!.concat('\n'));

  it('its entries grow to its tiles and to the root of each of its checkpoints', () => {
    for (let size = 1; size <= 15; size++) {
      const entries = parseEntryBundle(vectorBytes(`${LOG}/${entriesPath(0, size)}`));
      const hashes = entries.map(leafHash);
      expect(Buffer.concat(hashes)).toEqual(vectorBytes(`${LOG}/${tilePath({ level: 0, index: 0, width: size })}`));
      expect(writeEntryBundle(entries)).toEqual(vectorBytes(`${LOG}/${entriesPath(0, size)}`));
      const { edge, root } = grow(emptyEdge, hashes);
      expect(checkpointOf(size)).toEqual({ origin: 'example.com/log/testdata', size, root });
      expect(edgeRoot(edge)).toEqual(root);
      const reader = new TileReader(15, checkpointOf(15).root, (path) => vectorBytes(`${LOG}/${path}`));
      expect(verifyConsistency({ from: size, to: 15, fromRoot: root, toRoot: checkpointOf(15).root, proof: consistencyProof(size, 15, reader.node) })).toBe(
        true,
      );
    }
    expect(checkpointOf(0).root).toEqual(emptyRoot);
  });
});
