import type { Rendition } from './ports.ts';
import { countTokens } from './tokens.ts';

const LINE_FEED = 0x0a;

/**
 * A text with LF line ends as a rendition. A line is its bytes with its line feed; a last line without one counts;
 * an empty text has no lines. Tokens are counted line by line, so that any run of lines is priced by one subtraction.
 */
export function renditionOf(text: string): Rendition {
  const bytes = Buffer.from(text, 'utf8');
  const total = countLines(bytes);
  const byteOffsets = new Uint32Array(total + 1);
  const tokenOffsets = new Uint32Array(total + 1);
  let byteEnd = 0;
  let end = 0;
  let tokens = 0;
  for (let line = 1; line <= total; line++) {
    const start = end;
    end = text.indexOf('\n', start) + 1 || text.length;
    byteEnd = bytes.indexOf(LINE_FEED, byteEnd) + 1 || bytes.length;
    tokens += countTokens(text.slice(start, end));
    byteOffsets[line] = byteEnd;
    tokenOffsets[line] = tokens;
  }
  return { bytes, lines: { byteOffsets, tokenOffsets } };
}

export function totalLinesOf(rendition: Rendition): number {
  return rendition.lines.byteOffsets.length - 1;
}

function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) lines++;
  return bytes.length > 0 && bytes.at(-1) !== LINE_FEED ? lines + 1 : lines;
}
