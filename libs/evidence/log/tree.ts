import type { Sql } from '#event-store';
import {
  consistencyNodes,
  consistencyProof,
  inclusionNodes,
  inclusionProof,
  type NodeAddress,
  nodeInTile,
  type ReadNode,
  tileOf,
  tilePath,
  tileWidth,
} from '#ledger';
import type { LogState } from '../sealer/log-state.ts';
import { LogDamaged } from './leaves.ts';

const HASH_BYTES = 32;
const TILE_WIDTH = 256;

/** The first `width` hashes of a tile of a log's tree; null where the tree does not reach so far. */
export async function readTile(
  sql: Sql,
  organization: string,
  { edge }: LogState,
  tile: { level: number; index: number; width: number },
): Promise<Buffer | null> {
  const reached = tileWidth(tile.level, tile.index, edge.size);
  if (tile.width > reached) return null;
  const hashes = reached === TILE_WIDTH ? (await readFullTiles(sql, organization, [tile])).get(fullTilePath(tile)) : edge.tiles[tile.level];
  if (hashes === undefined) throw new LogDamaged(`${tilePath({ ...tile, width: reached })} is missing`);
  return hashes.subarray(0, tile.width * HASH_BYTES);
}

/** For each index, the inclusion proof in the log's present tree: sibling hashes from the leaf's up. */
export async function inclusionProofs(sql: Sql, organization: string, log: LogState, indices: readonly number[]): Promise<Map<number, Buffer[]>> {
  const { size } = log.edge;
  const read = await nodeReader(
    sql,
    organization,
    log,
    indices.flatMap((index) => inclusionNodes(index, size)),
  );
  return new Map(indices.map((index) => [index, inclusionProof(index, size, read)]));
}

/** For 0 < from <= to <= the log's size (RFC 9162, 2.1.4.1). */
export async function consistencyProofBetween(sql: Sql, organization: string, log: LogState, from: number, to: number): Promise<Buffer[]> {
  return consistencyProof(from, to, await nodeReader(sql, organization, log, consistencyNodes(from, to)));
}

/** Every node asked for is of a complete subtree, so it stands in the present tree whatever size it is asked for. */
async function nodeReader(sql: Sql, organization: string, { edge }: LogState, nodes: readonly NodeAddress[]): Promise<ReadNode> {
  const tiles = new Map(nodes.map((node) => tileOf(node, edge.size)).map((tile) => [tilePath(tile), tile]));
  const full = await readFullTiles(
    sql,
    organization,
    [...tiles.values()].filter(({ width }) => width === TILE_WIDTH),
  );
  return (level, index) => {
    const tile = tileOf({ level, index }, edge.size);
    const hashes = tile.width === TILE_WIDTH ? full.get(fullTilePath(tile)) : edge.tiles[tile.level];
    if (hashes === undefined) throw new LogDamaged(`${tilePath(tile)} is missing`);
    return nodeInTile(hashes, { level, index });
  };
}

/** Full tiles by their path; those that are not stored are absent. */
async function readFullTiles(sql: Sql, organization: string, tiles: readonly { level: number; index: number }[]): Promise<Map<string, Buffer>> {
  const { rows } = await sql.query<{ level: number; index: string; hashes: Buffer }>(
    `select t.level, t.index, t.hashes
       from unnest($2::smallint[], $3::bigint[]) as asked (level, index)
       join log_tiles t on t.organization = $1 and t.level = asked.level and t.index = asked.index`,
    [organization, tiles.map(({ level }) => level), tiles.map(({ index }) => index)],
  );
  return new Map(rows.map((row) => [fullTilePath({ level: row.level, index: Number(row.index) }), row.hashes]));
}

function fullTilePath({ level, index }: { readonly level: number; readonly index: number }): string {
  return tilePath({ level, index, width: TILE_WIDTH });
}
