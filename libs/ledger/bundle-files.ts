import { LIMITS } from '#kernel';
import { isGroupOfOne } from './groups.ts';
import type { ExportScope } from './manifest.ts';
import { tilesFor } from './tile-reader.ts';
import { tilePath } from './tiles.ts';

/** The names of a bundle's files: the one place that says what belongs in and what does not. */

export const MANIFEST = 'manifest.dsse.json';
export const CHECKPOINT = 'checkpoint';
export const TIMESTAMP = 'checkpoint.tsr';
export const MAP = 'map.json';
export const EVIDENCE = 'records/evidence.ndjson';
export const AUDIT = 'records/audit.ndjson';
export const SUMMARY = 'records/summary.csv';
export const CONSISTENCY = 'consistency.ndjson';
export const PROCEDURE = 'VERIFY.md';
const REPORT = 'report.pdf';

/** Files every bundle has, whatever its scope. */
const ALWAYS = [MANIFEST, CHECKPOINT, MAP, EVIDENCE, AUDIT, SUMMARY, PROCEDURE];
/** Files that some bundles have. The report joins {@link ALWAYS} when it is written. */
const SOMETIMES = new Set([TIMESTAMP, CONSISTENCY, REPORT]);

export function groupFile(groupId: string): string {
  return `groups/${groupId}.json`;
}

const PROOFS = 'proofs/';
const TILES = 'tlog/';

export function proofFile(index: number): string {
  return `${PROOFS}${index}.tlog-proof`;
}

export function tileFile(path: string): string {
  return `${TILES}${path}`;
}

/** Whether a bundle of so many records holds one proof file a record, or tiles. */
export function hasProofFiles(records: number): boolean {
  return records <= LIMITS.proofFilesPerBundle;
}

/** The groups of a scope that need a file: groups of one are complete by construction. */
function groupsWithFile(scope: ExportScope): string[] {
  return scope.type === 'groups' ? scope.groups.filter((id) => !isGroupOfOne(id)) : [];
}

/** `indices`: of the lines of the two records files; null where they are not known, so that nothing can be said of proofs. */
export type BundleShape = { readonly scope: ExportScope; readonly indices: readonly number[] | null; readonly size: number };

/** What is missing from a bundle of this shape, and what it holds besides. */
export function compareFiles(present: Iterable<string>, shape: BundleShape): { readonly missing: string[]; readonly added: string[] } {
  const expected = new Set([...ALWAYS, ...groupsWithFile(shape.scope).map(groupFile), ...proofNames(shape)]);
  const names = new Set(present);
  return {
    missing: [...expected].filter((name) => !names.has(name)),
    added: [...names].filter((name) => !expected.has(name) && !SOMETIMES.has(name) && (shape.indices !== null || !isProof(name))),
  };
}

function isProof(name: string): boolean {
  return name.startsWith(PROOFS) || name.startsWith(TILES);
}

function proofNames({ indices, size }: BundleShape): string[] {
  if (size < 1 || indices === null) return [];
  const proven = [...new Set([...indices, size - 1])].filter((index) => index < size);
  return hasProofFiles(indices.length) ? proven.map(proofFile) : tilesFor(proven, size).map((tile) => tileFile(tilePath(tile)));
}
