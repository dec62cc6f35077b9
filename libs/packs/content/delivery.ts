import type { Window } from '#content';
import type { Delivery, EvidenceKind } from '#tools';
import type { OpenFile } from './reading.ts';

/** Lines of a file as they go out. */
export type DeliveredLines = { readonly file: OpenFile; readonly window: Window; readonly text: string; readonly textSha256: string };

/** The whole text of a file is evidence of another kind than a part of it. */
export function kindOf({ lineStart, lineEnd, totalLines, partialLine }: Window): EvidenceKind {
  return lineStart === 1 && lineEnd === totalLines && partialLine === null ? 'file_text' : 'line_range';
}

export function deliveryOf({ file, window, text, textSha256 }: DeliveredLines): Delivery {
  const { partialLine } = window;
  return {
    contentId: file.item.contentId,
    version: file.version.version,
    path: file.path,
    range: partialLine === null ? lineRange(window) : byteRange(file, window.lineStart, partialLine),
    length: { bytes: window.text.length, codePoints: codePoints(text, window.text.length), lines: window.lineEnd - window.lineStart + 1 },
    truncated: partialLine !== null && partialLine.byteEnd < partialLine.lineBytes,
    digests: { textSha256, renditionSha256: file.renditionSha256, sourceSha256: file.version.sourceSha256 },
  };
}

type Range = NonNullable<Delivery['range']>;

function lineRange({ lineStart, lineEnd, totalLines }: Window): Range {
  return { unit: 'line', start: lineStart, end: lineEnd, total: totalLines };
}

/** A part of a line is named by its bytes within the whole rendition: line numbers would claim all of the line. */
function byteRange({ rendition }: OpenFile, line: number, { byteStart, byteEnd }: NonNullable<Window['partialLine']>): Range {
  const before = rendition.lines.byteOffsets[line - 1] ?? 0;
  return { unit: 'byte', start: before + byteStart + 1, end: before + byteEnd, total: rendition.bytes.length };
}

function codePoints(text: string, bytes: number): number {
  // As many UTF-16 units as UTF-8 bytes: all of it is ASCII, and most of what is read is.
  if (text.length === bytes) return bytes;
  let pairs = 0;
  for (let at = 0; at < text.length; at++) if ((text.charCodeAt(at) & 0xfc00) === 0xd800) pairs++;
  return text.length - pairs;
}
