import { base64, canonical } from '#kernel';
import { RECORD_ID } from './forms.ts';
import type { RecordEvent } from './leaf.ts';
import { EVIDENCE_KINDS } from './leaf.ts';
import { anyText, exactly, hash, integer, listOf, nullable, readCanonical } from './reading.ts';

/** One line of records/evidence.ndjson or records/audit.ndjson. */
export type RecordLine = {
  readonly disclosures: readonly string[];
  readonly erased: number | null;
  readonly index: number;
  /** The leaf's text. */
  readonly leaf: string;
  readonly leafHash: Buffer;
  /** Null for a map leaf of a range. */
  readonly recordId: string | null;
  readonly withheld: readonly Withheld[];
};

export type Withheld = { readonly name: string; readonly reason: string };

const LINE = exactly({
  disclosures: listOf(anyText),
  erased: nullable(integer),
  index: integer,
  leaf: anyText,
  leafHash: hash,
  recordId: nullable(RECORD_ID),
  withheld: listOf(exactly({ name: anyText, reason: anyText })),
});

export function writeRecordLine(line: RecordLine): string {
  return `${canonical({ ...line, leafHash: base64(line.leafHash) })}\n`;
}

/** One line without its LF. */
export function parseRecordLine(text: string): RecordLine {
  return LINE(readCanonical(text), 'line');
}

/** Evidence of the eight kinds has a file of its own; everything else, map leaves included, is audit. */
export function isEvidence(event: RecordEvent | null): boolean {
  return event !== null && event.data.class === 'governed' && EVIDENCE_KINDS.some((kind) => kind === event.data.kind);
}
