import type { GroupState } from './group-map.ts';
import type { CompleteTile, TreeEdge } from './growth.ts';
import type { MapPage } from './map-page.ts';

/** A record waiting for its seal: the canonical event text (exactly the stored bytes) and the group it states. */
export type Unsealed = { readonly eventText: string; readonly groupId: string };

export type SealBatch = {
  readonly origin: string;
  readonly edge: TreeEdge;
  /** In commit order. */
  readonly records: readonly Unsealed[];
  /** The state before of every group the batch touches and that has one. Groups of one need none. */
  readonly groups: ReadonlyMap<string, GroupState>;
  /** What `loadMapPages` gives for `changedKeys(batch)`. */
  readonly pages: ReadonlyMap<string, MapPage>;
  /** RFC 3339, of the map leaf. */
  readonly time: string;
};

export type SealedRecord = { readonly index: number; readonly leaf: Buffer; readonly leafHash: Buffer; readonly groupId: string; readonly groupSeq: number };

export type Sealed = {
  readonly records: SealedRecord[];
  readonly mapLeaf: { readonly index: number; readonly leaf: Buffer; readonly leafHash: Buffer };
  readonly mapRoot: Buffer;
  /** The tree after the map leaf: sign a checkpoint of this size and root. */
  readonly edge: TreeEdge;
  readonly root: Buffer;
  readonly completeTiles: CompleteTile[];
  readonly groups: Map<string, GroupState>;
  readonly changedPages: Map<string, MapPage>;
};

/** Gives a batch its indices, its places in the groups, its map leaf. Pure. */
export function sealBatch(batch: SealBatch): Sealed {
  throw new Error(`${batch.origin}: not built yet`);
}
