import type { NoteSigner } from './note.ts';

export const PROFILES = ['full', 'redacted', 'hashes'] as const;
export type Profile = (typeof PROFILES)[number];

export type ExportScope =
  | { readonly groups: readonly string[]; readonly type: 'groups' }
  | { readonly first: number; readonly last: number; readonly type: 'range' }
  | { readonly query: string; readonly type: 'selection' };

export type Withheld = { readonly name: string; readonly reason: string };

/** One line of a records file; a map leaf of a range is a line too, with nothing disclosed or withheld. */
export type BundleRecord = {
  readonly index: number;
  readonly leaf: Uint8Array;
  /** Disclosure texts, and what is withheld; see `applyProfile`. Order does not matter. */
  readonly disclosures: readonly string[];
  readonly withheld: readonly Withheld[];
  /** Index of the `record.erased` record that names this one; then nothing is disclosed or withheld. */
  readonly erased: number | null;
};

export type BundleGroup = {
  readonly groupId: string;
  readonly count: number;
  readonly first: number;
  readonly head: Uint8Array;
  readonly last: number;
  /** Siblings from the leaf's up. */
  readonly mapProof: readonly Uint8Array[];
};

export type ConsistencyLine = { readonly from: number; readonly root: Uint8Array; readonly proof: readonly Uint8Array[] };

/** Up to 10,000 records, inclusion proofs by index (one for each record and the map leaf); beyond, tiles by path (`tilesFor`). */
export type BundleProofs =
  | { readonly form: 'proofs'; readonly proofs: ReadonlyMap<number, readonly Uint8Array[]> }
  | { readonly form: 'tiles'; readonly tiles: ReadonlyMap<string, Uint8Array> };

export type BundleInput = {
  /** The signed note, with its cosignatures, exactly as published. */
  readonly checkpoint: string;
  /** RFC 3161 token over the note text. */
  readonly timestamp: Uint8Array | null;
  /** The leaf at size - 1. */
  readonly mapLeaf: Uint8Array;
  readonly groups: readonly BundleGroup[];
  readonly records: readonly BundleRecord[];
  readonly proofs: BundleProofs;
  readonly consistency: readonly ConsistencyLine[];
  readonly createdAt: string;
  readonly exportId: string;
  readonly profile: Profile;
  readonly reason: string;
  /** The actor of the `export.created` record. */
  readonly requestedBy: string | null;
  readonly scope: ExportScope;
  readonly software: { readonly name: string; readonly version: string };
};

/** The ZIP of EVIDENCE ("Bundle"): the same input gives the same bytes. `signer` holds the export key. */
export function buildBundle(input: BundleInput, signer: NoteSigner): Buffer {
  throw new Error(`${input.exportId} ${signer.key.name}: not built yet`);
}
