import { base64, canonical } from '#kernel';
import {
  AUDIT,
  CHECKPOINT,
  CONSISTENCY,
  EVIDENCE,
  groupFile,
  hasProofFiles,
  MANIFEST,
  MAP,
  PROCEDURE,
  proofFile,
  SUMMARY,
  TIMESTAMP,
  tileFile,
} from './bundle-files.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { openDisclosure } from './disclosures.ts';
import type { GroupState } from './group-map.ts';
import { parseLeaf } from './leaf-reader.ts';
import { type ExportScope, type Predicate, type Profile, writeManifest } from './manifest.ts';
import { looksLikeMapLeaf } from './map-leaf.ts';
import { leafHash } from './merkle.ts';
import type { NoteSigner } from './note.ts';
import { readUtf8 } from './reading.ts';
import { isEvidence, type RecordLine, type Withheld, writeRecordLine } from './record-line.ts';
import { summaryCsv } from './summary-csv.ts';
import { writeTlogProof } from './tlog-proof.ts';
import { procedure } from './verify-md.ts';
import { writeZip, type ZipEntry } from './zip.ts';

/** A record of the bundle; a map leaf of a range is one too, with nothing disclosed or withheld. */
export type BundleRecord = {
  readonly index: number;
  readonly leaf: Uint8Array;
  /** See `applyProfile`. */
  readonly disclosures: readonly string[];
  readonly withheld: readonly Withheld[];
  /** Index of the `record.erased` record that names this one; then nothing is disclosed or withheld. */
  readonly erased: number | null;
};

/** `mapProof`: siblings from the leaf's up. */
export type BundleGroup = GroupState & { readonly groupId: string; readonly mapProof: readonly Uint8Array[] };

export type ConsistencyLine = { readonly from: number; readonly root: Uint8Array; readonly proof: readonly Uint8Array[] };

/** Up to 10,000 records inclusion proofs by index (one for each record and the map leaf); beyond, tiles by path (`tilesFor`). */
export type BundleProofs =
  | { readonly form: 'proofs'; readonly proofs: ReadonlyMap<number, readonly Uint8Array[]> }
  | { readonly form: 'tiles'; readonly tiles: ReadonlyMap<string, Uint8Array> };

export type BundleInput = {
  /** The signed note with its cosignatures, exactly as published. */
  readonly checkpoint: string;
  /** RFC 3161 token over the note text. */
  readonly timestamp: Uint8Array | null;
  /** The leaf at size - 1. */
  readonly mapLeaf: Uint8Array;
  /** For scope `groups`: every group of the scope that is not a group of one. */
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

/** The ZIP of EVIDENCE ("Bundle"), signed with the export key: the same input gives the same bytes. */
export function buildBundle(input: BundleInput, signer: NoteSigner): Buffer {
  if (hasProofFiles(input.records.length) !== (input.proofs.form === 'proofs')) throw new RangeError('up to 10,000 records bring proofs, more bring tiles');
  const records = [...input.records].sort((a, b) => a.index - b.index).map(readRecord);
  const files = [...fixedFiles(input, records), ...groupFiles(input.groups), ...proofFiles(input)];
  const manifest = writeManifest(predicate(input, records), files, signer);
  return writeZip([...files, entry(MANIFEST, manifest)].sort((a, b) => (a.name < b.name ? -1 : 1)));
}

type ReadRecord = { readonly line: RecordLine; readonly read: ReturnType<typeof parseLeaf> | null };

function readRecord({ index, leaf, disclosures, withheld, erased }: BundleRecord): ReadRecord {
  const read = looksLikeMapLeaf(leaf) ? null : parseLeaf(leaf);
  const byName = [...disclosures].map((text) => ({ text, name: openDisclosure(text).name })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const line = {
    disclosures: byName.map(({ text }) => text),
    erased,
    index,
    leaf: readUtf8(leaf),
    leafHash: leafHash(leaf),
    recordId: read?.event.id ?? null,
    withheld: [...withheld].sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
  return { line, read };
}

function fixedFiles(input: BundleInput, records: readonly ReadRecord[]): ZipEntry[] {
  const lines = (evidence: boolean) =>
    records
      .filter(({ read }) => isEvidence(read?.event ?? null) === evidence)
      .map(({ line }) => writeRecordLine(line))
      .join('');
  const summary = records.flatMap(({ line, read }) => (read === null ? [] : [{ line, event: read.event, seal: read.seal }]));
  const consistency = input.consistency.map(({ from, proof, root }) => `${canonical({ from, proof: proof.map(base64), root: base64(root) })}\n`);
  return [
    entry(CHECKPOINT, input.checkpoint),
    ...(input.timestamp === null ? [] : [entry(TIMESTAMP, input.timestamp)]),
    entry(MAP, input.mapLeaf),
    entry(EVIDENCE, lines(true)),
    entry(AUDIT, lines(false)),
    entry(SUMMARY, summaryCsv(summary)),
    ...(consistency.length === 0 ? [] : [entry(CONSISTENCY, consistency.join(''))]),
    entry(PROCEDURE, procedure(input)),
  ];
}

function groupFiles(groups: readonly BundleGroup[]): ZipEntry[] {
  return groups.map(({ groupId, count, first, head, last, mapProof }) =>
    entry(groupFile(groupId), canonical({ count, first, head: base64(head), last, mapProof: mapProof.map(base64) })),
  );
}

function proofFiles({ proofs, checkpoint }: BundleInput): ZipEntry[] {
  if (proofs.form === 'tiles') return Array.from(proofs.tiles, ([path, hashes]) => entry(tileFile(path), hashes));
  return Array.from(proofs.proofs, ([index, proof]) => entry(proofFile(index), writeTlogProof({ index, proof, checkpoint })));
}

function predicate(input: BundleInput, records: readonly ReadRecord[]): Predicate {
  const { createdAt, exportId, profile, reason, requestedBy, scope, software } = input;
  const evidence = records.filter(({ read }) => isEvidence(read?.event ?? null)).length;
  const counts = {
    audit: records.length - evidence,
    erased: records.filter(({ line }) => line.erased !== null).length,
    evidence,
    withheld: records.filter(({ line }) => line.withheld.length > 0).length,
  };
  const text = input.checkpoint.slice(0, input.checkpoint.lastIndexOf('\n\n') + 1);
  return { checkpoint: parseCheckpoint(text), counts, createdAt, exportId, profile, reason, requestedBy, scope, software };
}

function entry(name: string, content: string | Uint8Array): ZipEntry {
  return { name, bytes: typeof content === 'string' ? Buffer.from(content, 'utf8') : content };
}
