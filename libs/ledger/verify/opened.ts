import type { Checkpoint } from '../checkpoint.ts';
import type { ReadLeaf } from '../leaf-reader.ts';
import type { Manifest } from '../manifest.ts';
import type { MapStatement } from '../map-leaf.ts';
import type { RecordLine } from '../record-line.ts';
import { Rejected } from '../rejected.ts';
import type { Trust } from '../trust.ts';

/** A line of a records file: a record, in a range also a map leaf, or what could not be read. */
export type OpenRecord = Place & { readonly line: RecordLine; readonly read: ReadLeaf };
export type OpenMapLeaf = Place & { readonly line: RecordLine; readonly statement: MapStatement };
export type Unreadable = Place & { readonly recordId: string | null; readonly message: string };
/** `lineNumber` counts from 1; 0 is the file as a whole. */
export type Place = { readonly file: string; readonly lineNumber: number };

/** A bundle whose container and manifest could be read. Nothing in it is believed before its step has passed. */
export type OpenBundle = {
  readonly trust: Trust;
  readonly held: string | null;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly manifest: Manifest;
  /** As it states itself; step 2 says who signed it. Null where it is no checkpoint at all. */
  readonly checkpoint: Checkpoint | null;
  /** As it states itself; step 4 says whether the log holds it. */
  readonly map: MapStatement | null;
  /** Records and map leaves in the order of the files, evidence first. */
  readonly records: readonly OpenRecord[];
  readonly mapLeaves: readonly OpenMapLeaf[];
  readonly unreadable: readonly Unreadable[];
};

/** Reports one failure. `recordId` is null where it concerns no single record. */
export type Fail = (file: string | null, recordId: string | null, message: string) => void;

/** A step reports what fails; it may say that nothing in this bundle calls for it. */
export type Step = (bundle: OpenBundle, fail: Fail) => undefined | 'not_applicable';

/** Runs a check whose reader may reject what it reads; null then, and the failure is reported. */
export function attempt<T>(fail: Fail, file: string, recordId: string | null, check: () => T): T | null {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    fail(file, recordId, error.message);
    return null;
  }
}

/** Every record in the order of the log. */
export function byIndex(records: readonly OpenRecord[]): OpenRecord[] {
  return [...records].sort((a, b) => a.line.index - b.line.index);
}
