import { AUDIT, CHECKPOINT, EVIDENCE, MANIFEST, MAP } from '../bundle-files.ts';
import { parseCheckpoint } from '../checkpoint.ts';
import { parseLeaf } from '../leaf-reader.ts';
import { readManifest } from '../manifest.ts';
import { looksLikeMapLeaf, parseMapLeaf } from '../map-leaf.ts';
import type { VerifierKey } from '../note.ts';
import { readUtf8 } from '../reading.ts';
import { parseRecordLine } from '../record-line.ts';
import { acceptOrNull, Rejected } from '../rejected.ts';
import type { Trust } from '../trust.ts';
import { readZip } from '../zip.ts';
import type { OpenBundle, OpenMapLeaf, OpenRecord, Place, Unreadable } from './opened.ts';

/** Reads container, manifest and records as far as they can be read, so that every later step can say what it finds. */
export function openBundle(container: Uint8Array, trust: Trust, held: string | null): { readonly bundle: OpenBundle; readonly signedBy: VerifierKey | null } {
  const files = new Map(readZip(container).map(({ name, bytes }) => [name, bytes]));
  const manifestFile = files.get(MANIFEST);
  if (manifestFile === undefined) throw new Rejected(`${MANIFEST} is missing`);
  const { manifest, signedBy } = readManifest(
    manifestFile,
    trust.export.map(({ key }) => key),
  );
  const lines = readRecords(files);
  const checkpoint = acceptOrNull(() => checkpointAsStated(readUtf8(fileOf(files, CHECKPOINT))));
  const map = acceptOrNull(() => parseMapLeaf(fileOf(files, MAP)));
  return { bundle: { trust, held, files, manifest, checkpoint, map, ...lines }, signedBy };
}

export function fileOf(files: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const bytes = files.get(name);
  if (bytes === undefined) throw new Rejected(`${name} is missing`);
  return bytes;
}

/** The lines of an NDJSON file: each ends with LF, an empty file has none. */
export function linesOf(bytes: Uint8Array): string[] {
  const text = readUtf8(bytes);
  if (text === '') return [];
  if (!text.endsWith('\n')) throw new Rejected('the last line does not end with LF');
  return text.slice(0, -1).split('\n');
}

function checkpointAsStated(note: string) {
  return parseCheckpoint(note.slice(0, note.lastIndexOf('\n\n') + 1));
}

function readRecords(files: ReadonlyMap<string, Uint8Array>): Pick<OpenBundle, 'records' | 'mapLeaves' | 'unreadable'> {
  const records: OpenRecord[] = [];
  const mapLeaves: OpenMapLeaf[] = [];
  const unreadable: Unreadable[] = [];
  for (const file of [EVIDENCE, AUDIT]) {
    const lines = readOrNote(unreadable, { file, lineNumber: 0 }, null, () => linesOf(fileOf(files, file))) ?? [];
    lines.forEach((text, at) => {
      const place = { file, lineNumber: at + 1 };
      const line = readOrNote(unreadable, place, null, () => parseRecordLine(text));
      if (line === null) return;
      readOrNote(unreadable, place, line.recordId, () => {
        const leaf = Buffer.from(line.leaf, 'utf8');
        if (looksLikeMapLeaf(leaf)) mapLeaves.push({ ...place, line, statement: parseMapLeaf(leaf) });
        else records.push({ ...place, line, read: parseLeaf(leaf) });
      });
    });
  }
  return { records, mapLeaves, unreadable };
}

function readOrNote<T>(unreadable: Unreadable[], place: Place, recordId: string | null, read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    unreadable.push({ ...place, recordId, message: error.message });
    return null;
  }
}
