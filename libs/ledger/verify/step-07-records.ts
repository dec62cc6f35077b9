import { AUDIT, EVIDENCE, MANIFEST } from '../bundle-files.ts';
import { eventSource } from '../leaf.ts';
import { eventHash } from '../leaf-reader.ts';
import { scopeHash } from '../manifest.ts';
import { leafHash } from '../merkle.ts';
import { isEvidence } from '../record-line.ts';
import { checkChains } from './chains.ts';
import { type CheckInclusion, inclusionIn } from './inclusion.ts';
import { replayMap } from './map-replay.ts';
import { attempt, type Fail, type OpenBundle, type OpenMapLeaf, type OpenRecord, type Step } from './opened.ts';
import { exportOf, scopeOf } from './scope.ts';

/** Every record is the one sealed at its index, in its place in its group; the manifest says what the records say. */
export const checkRecords: Step = (bundle, fail) => {
  for (const { file, lineNumber, recordId, message } of bundle.unreadable) fail(file, recordId, lineNumber === 0 ? message : `line ${lineNumber}: ${message}`);
  checkOrder(bundle, fail);
  const { checkpoint } = bundle;
  const includes = checkpoint && attempt(fail, EVIDENCE, null, () => inclusionIn(bundle, checkpoint));
  if (includes === null) fail(EVIDENCE, null, 'there is no checkpoint under which to find the records');
  for (const record of bundle.records) checkRecord(record, bundle.trust.origin, includes, fail);
  for (const mapLeaf of bundle.mapLeaves) checkMapLeaf(mapLeaf, includes, fail);
  checkChains(bundle, fail);
  checkRange(bundle, fail);
  checkManifest(bundle, fail);
  return undefined;
};

function checkRecord({ file, line, read }: OpenRecord, origin: string, includes: CheckInclusion | null, fail: Fail): void {
  const id = read.event.id;
  if (file !== (isEvidence(read.event) ? EVIDENCE : AUDIT)) fail(file, id, 'belongs in the other records file');
  if (line.recordId !== id) fail(file, id, 'the line names another recordId than the leaf');
  if (read.seal.eventHash !== eventHash(read.eventText)) fail(file, id, 'eventHash does not match the event');
  if (read.event.source !== eventSource(origin)) fail(file, id, `source is not the log ${origin}`);
  checkLeaf(file, id, line, includes, fail);
}

function checkMapLeaf({ file, line, statement }: OpenMapLeaf, includes: CheckInclusion | null, fail: Fail): void {
  if (file !== AUDIT || line.recordId !== null) fail(file, line.recordId, 'a map leaf stands in the audit file and is no record');
  if (statement.size !== line.index) fail(file, null, `the map leaf at index ${line.index} states size ${statement.size}`);
  checkLeaf(file, null, line, includes, fail);
}

function checkLeaf(file: string, id: string | null, line: OpenRecord['line'], includes: CheckInclusion | null, fail: Fail): void {
  const hash = leafHash(Buffer.from(line.leaf, 'utf8'));
  if (!hash.equals(line.leafHash)) fail(file, id, 'leafHash does not match the leaf');
  if (includes !== null) attempt(fail, file, id, () => includes(line.index, hash));
}

/** Rising within each file, and no index or id twice. */
function checkOrder({ records, mapLeaves }: OpenBundle, fail: Fail): void {
  const lines = [...records, ...mapLeaves].sort((a, b) => a.lineNumber - b.lineNumber);
  for (const [file, ofFile] of Map.groupBy(lines, (one) => one.file)) {
    let before = -1;
    for (const { line } of ofFile) {
      if (line.index <= before) fail(file, line.recordId, `index ${line.index} after ${before}: not rising`);
      before = line.index;
    }
  }
  reportTwice(lines, ({ line }) => line.index, 'index', fail);
  reportTwice(records, ({ read }) => read.event.id, 'recordId', fail);
}

function reportTwice<T extends OpenRecord | OpenMapLeaf>(lines: readonly T[], keyOf: (line: T) => string | number, what: string, fail: Fail): void {
  const seen = new Set<string | number>();
  for (const line of lines) {
    if (seen.has(keyOf(line))) fail(line.file, line.line.recordId, `${what} ${keyOf(line)} is there twice`);
    seen.add(keyOf(line));
  }
}

/** Range: every index of it, nothing beside it but what belongs to the export, and map leaves nowhere else. */
function checkRange(bundle: OpenBundle, fail: Fail): void {
  const { scope } = bundle.manifest.predicate;
  if (scope.type !== 'range') {
    for (const { file, line } of bundle.mapLeaves) fail(file, null, `the map leaf at index ${line.index} is in no range`);
    return;
  }
  const present = new Set([...bundle.records, ...bundle.mapLeaves].map(({ line }) => line.index));
  const expected = scope.last - scope.first + 1;
  const absent = firstAbsent(present, scope.first, scope.last);
  if (absent !== null) fail(AUDIT, null, `index ${absent} of the range of ${expected} is missing`);
  const { holds, isAttached } = scopeOf(bundle);
  for (const record of bundle.records) {
    if (!holds(record) && !isAttached(record)) fail(record.file, record.read.event.id, 'is outside the range');
  }
  for (const { file, line } of bundle.mapLeaves) {
    if (line.index < scope.first || line.index > scope.last) fail(file, null, `the map leaf at index ${line.index} is outside the range`);
  }
  if (scope.first === 0) replayMap(bundle, fail);
}

/** Stops at the first gap, so a hostile range of 2^53 costs no more than the lines there are. */
function firstAbsent(present: ReadonlySet<number>, first: number, last: number): number | null {
  for (let index = first; index <= last; index++) if (!present.has(index)) return index;
  return null;
}

function checkManifest(bundle: OpenBundle, fail: Fail): void {
  const { checkpoint, counts } = bundle.manifest.predicate;
  const stated = bundle.checkpoint;
  const equal = stated !== null && checkpoint.origin === stated.origin && checkpoint.size === stated.size && checkpoint.root.equals(stated.root);
  if (!equal) fail(MANIFEST, null, 'states another checkpoint than the bundle holds');
  const lines = [...bundle.records, ...bundle.mapLeaves];
  const counted = {
    audit: lines.filter(({ file }) => file === AUDIT).length,
    erased: lines.filter(({ line }) => line.erased !== null).length,
    evidence: lines.filter(({ file }) => file === EVIDENCE).length,
    withheld: lines.filter(({ line }) => line.withheld.length > 0).length,
  };
  for (const name of ['audit', 'erased', 'evidence', 'withheld'] as const) {
    if (counts[name] !== counted[name]) fail(MANIFEST, null, `states ${counts[name]} ${name}, the records give ${counted[name]}`);
  }
  checkExportRecord(bundle, fail);
}

/** The export was sealed first: its own record is in the bundle and says for what. */
function checkExportRecord({ manifest, records }: OpenBundle, fail: Fail): void {
  const { exportId, profile, scope, requestedBy } = manifest.predicate;
  const created = records.flatMap((record) => {
    const about = exportOf(record.read.event);
    return about?.exportId === exportId ? [{ about, record }] : [];
  });
  if (created.length !== 1) fail(AUDIT, null, `there are ${created.length} export.created records of export ${exportId}, not one`);
  for (const { about, record } of created) {
    const { id, data } = record.read.event;
    if (about.profile !== profile) fail(AUDIT, id, `the export was requested in profile ${about.profile}`);
    if (about.scope !== scopeHash(scope)) fail(AUDIT, id, 'the export was requested with another scope');
    if (data.actor !== requestedBy) fail(AUDIT, id, 'the export was requested by another actor');
  }
}
