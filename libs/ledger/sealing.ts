import { type GroupState, groupKey, groupValue, type MapChange, updateMap } from './group-map.ts';
import { isGroupOfOne } from './groups.ts';
import type { CompleteTile, TreeEdge } from './growth.ts';
import { grow } from './growth.ts';
import { writeLeaf } from './leaf.ts';
import { eventHash } from './leaf-reader.ts';
import { writeMapLeaf } from './map-leaf.ts';
import type { MapPage } from './map-page.ts';
import { leafHash } from './merkle.ts';

/** A record waiting for its seal: the canonical event text (exactly the stored bytes) and the group that text states. */
export type Unsealed = { readonly eventText: string; readonly groupId: string };

export type SealBatch = {
  readonly origin: string;
  readonly edge: TreeEdge;
  /** In commit order. */
  readonly records: readonly Unsealed[];
  /** The state so far of every group the batch touches and that has one. */
  readonly groups: ReadonlyMap<string, GroupState>;
  /** What `loadMapPages` gives for {@link changedKeys}. */
  readonly pages: ReadonlyMap<string, MapPage>;
  /** RFC 3339, of the map leaf. */
  readonly time: string;
};

export type SealedRecord = { readonly index: number; readonly leaf: Buffer; readonly leafHash: Buffer; readonly groupId: string; readonly groupSeq: number };

export type Sealed = {
  readonly records: readonly SealedRecord[];
  readonly mapLeaf: { readonly index: number; readonly leaf: Buffer; readonly leafHash: Buffer };
  readonly mapRoot: Buffer;
  /** The tree after the map leaf: the checkpoint to sign has this size and {@link root}. */
  readonly edge: TreeEdge;
  readonly root: Buffer;
  readonly completeTiles: readonly CompleteTile[];
  /** New states of the groups touched, groups of one left out. */
  readonly groups: ReadonlyMap<string, GroupState>;
  readonly changedPages: ReadonlyMap<string, MapPage>;
};

/** The map keys a batch will change. Groups of one are in no map. */
export function changedKeys(origin: string, records: readonly Unsealed[]): Buffer[] {
  const groups = new Set(records.map((record) => record.groupId));
  return [...groups].filter((id) => !isGroupOfOne(id)).map((id) => groupKey(origin, id));
}

/** Gives each record its index and its place in its group, and closes the batch with its map leaf. Pure. */
export function sealBatch({ origin, edge, records, groups, pages, time }: SealBatch): Sealed {
  const touched = new Map<string, GroupState>();
  const sealed = records.map((record, at) => {
    const before = touched.get(record.groupId) ?? groups.get(record.groupId) ?? null;
    const one = sealRecord(record, edge.size + at, before);
    if (!isGroupOfOne(record.groupId)) touched.set(record.groupId, groupAfter(before, one));
    return one;
  });
  const changes = Array.from(touched, ([id, state]): MapChange => ({ key: groupKey(origin, id), value: groupValue(state) }));
  const map = updateMap(pages, changes);
  const mapIndex = edge.size + sealed.length;
  const mapLeaf = writeMapLeaf({ root: map.root, size: mapIndex, time });
  const mapLeafHash = leafHash(mapLeaf);
  const grown = grow(edge, [...sealed.map((one) => one.leafHash), mapLeafHash]);
  return {
    ...grown,
    records: sealed,
    mapLeaf: { index: mapIndex, leaf: mapLeaf, leafHash: mapLeafHash },
    mapRoot: map.root,
    groups: touched,
    changedPages: map.changedPages,
  };
}

/** The state of a group once `record` is its last. */
export function groupAfter(before: GroupState | null, record: { readonly index: number; readonly leafHash: Buffer }): GroupState {
  return { count: (before?.count ?? 0) + 1, first: before?.first ?? record.index, head: record.leafHash, last: record.index };
}

function sealRecord({ eventText, groupId }: Unsealed, index: number, before: GroupState | null): SealedRecord {
  const groupSeq = (before?.count ?? 0) + 1;
  const groupPrev = before && `sha256:${before.head.toString('hex')}`;
  const leaf = writeLeaf(eventText, { eventHash: eventHash(eventText), groupPrev, groupSeq, v: 1 });
  return { index, leaf, leafHash: leafHash(leaf), groupId, groupSeq };
}
