import { type Refusal, refuse } from '#kernel';
import { totalLinesOf } from './lines.ts';
import type { Rendition } from './ports.ts';
import { fitTokens } from './tokens.ts';

/** 1-based, inclusive. `startByte` begins inside line `start`, where the window before ended. */
export type LineRange = { readonly start: number; readonly end: number; readonly startByte?: number | undefined };

export type Window = {
  /** A view of the rendition's bytes, not a copy. */
  readonly text: Buffer;
  /** An empty window has `lineEnd = lineStart - 1`. */
  readonly lineStart: number;
  readonly lineEnd: number;
  readonly totalLines: number;
  /** Something of what was asked for did not fit; `nextLines` says what, and asking for it gives the rest. */
  readonly truncated: boolean;
  readonly nextLines: LineRange | null;
  /** Set where the text is only a part of its one line: bytes within the line, and the line's length with its line feed. */
  readonly partialLine: { readonly byteStart: number; readonly byteEnd: number; readonly lineBytes: number } | null;
  readonly tokensUsed: number;
};

/**
 * The lines asked for (all of them by default), as far as the token budget goes. Cuts at line ends; only a line that
 * alone exceeds the budget is cut inside, between code points. Following `nextLines` gives every byte exactly once.
 * Refuses a range that is none; clamps one that reaches past the end; gives an empty window for one that starts there.
 */
export function takeWindow(rendition: Rendition, asked: { readonly lines?: LineRange | undefined; readonly maxTokens: number }): Window | Refusal {
  const totalLines = totalLinesOf(rendition);
  const { start, end: askedEnd, startByte = 0 } = asked.lines ?? { start: 1, end: Math.max(totalLines, 1) };
  if (!(start >= 1)) return invalid('lines.start', 'Lines are counted from 1.');
  if (start > askedEnd) return invalid('lines.start', 'lines.start is greater than lines.end.');
  if (start > totalLines) return emptyAfter(totalLines);
  if (startByte > 0 && !beginsCharacter(rendition, start, startByte)) return invalid('lines.startByte', 'Use startByte as given in nextLines.');

  const end = Math.min(askedEnd, totalLines);
  const last = startByte > 0 ? start - 1 : lastLineWithin(rendition.lines.tokenOffsets, { start, end, maxTokens: asked.maxTokens });
  return last >= start ? wholeLines(rendition, { start, last, end }) : partOfLine(rendition, { start, startByte, end, maxTokens: asked.maxTokens });
}

function wholeLines({ bytes, lines }: Rendition, { start, last, end }: { start: number; last: number; end: number }): Window {
  return {
    text: bytes.subarray(lines.byteOffsets[start - 1], lines.byteOffsets[last]),
    lineStart: start,
    lineEnd: last,
    totalLines: lines.byteOffsets.length - 1,
    truncated: last < end,
    nextLines: last < end ? { start: last + 1, end } : null,
    partialLine: null,
    tokensUsed: at(lines.tokenOffsets, last) - at(lines.tokenOffsets, start - 1),
  };
}

type Part = { readonly start: number; readonly startByte: number; readonly end: number; readonly maxTokens: number };

function partOfLine({ bytes, lines }: Rendition, { start, startByte, end, maxTokens }: Part): Window {
  const line = bytes.subarray(lines.byteOffsets[start - 1], lines.byteOffsets[start]);
  const rest = line.subarray(startByte);
  const fitting = fitTokens(rest, maxTokens);
  const byteEnd = startByte + fitting.bytes;
  const nextInLine = byteEnd < line.length ? { start, end, startByte: byteEnd } : null;
  const nextLines = nextInLine ?? (start < end ? { start: start + 1, end } : null);
  return {
    text: rest.subarray(0, fitting.bytes),
    lineStart: start,
    lineEnd: start,
    totalLines: lines.byteOffsets.length - 1,
    truncated: nextLines !== null,
    nextLines,
    // A budget of less than one code point still moves on by one, and that may be a whole line.
    partialLine: fitting.bytes < line.length ? { byteStart: startByte, byteEnd, lineBytes: line.length } : null,
    tokensUsed: fitting.tokens,
  };
}

function emptyAfter(totalLines: number): Window {
  const nothing = { text: Buffer.alloc(0), truncated: false, nextLines: null, partialLine: null, tokensUsed: 0 };
  return { ...nothing, lineStart: totalLines + 1, lineEnd: totalLines, totalLines };
}

/** The greatest line up to `end` such that `start` to it fits; `start - 1` where not even one does. */
function lastLineWithin(tokenOffsets: Uint32Array, { start, end, maxTokens }: { start: number; end: number; maxTokens: number }): number {
  const limit = at(tokenOffsets, start - 1) + maxTokens;
  let fits = start - 1;
  let beyond = end + 1;
  while (beyond - fits > 1) {
    const middle = (fits + beyond) >>> 1;
    if (at(tokenOffsets, middle) <= limit) fits = middle;
    else beyond = middle;
  }
  return fits;
}

function beginsCharacter({ bytes, lines }: Rendition, line: number, byte: number): boolean {
  const lineStart = at(lines.byteOffsets, line - 1);
  const isContinuation = (at(bytes, lineStart + byte) & 0xc0) === 0x80;
  return Number.isInteger(byte) && lineStart + byte < at(lines.byteOffsets, line) && !isContinuation;
}

function at(array: ArrayLike<number>, index: number): number {
  return array[index] ?? 0;
}

function invalid(path: string, message: string): Refusal {
  return refuse('invalid_params', message, { issues: [{ path, message }] });
}
