import { LIMITS } from '#kernel';
import type { Rendition } from '../ports.ts';
import { fitTokens } from '../tokens.ts';

/** Changes whenever the same rendition could give other chunks: an index made by another chunker is built anew. */
export const CHUNKER_VERSION = 1;

/** A part of a rendition that is found, given and cited as one: whole lines, or a part of one line that is too long. */
export type Chunk = {
  /** 1-based, inclusive. */
  readonly lineStart: number;
  readonly lineEnd: number;
  /** Offsets in the rendition, end exclusive. */
  readonly byteStart: number;
  readonly byteEnd: number;
  readonly tokens: number;
  /** The lines of the headings it stands under, outermost first; a heading that it begins with is the last of them. */
  readonly headings: readonly number[];
};

const { chunkTokensTarget: TARGET, chunkTokensMost: MOST } = LIMITS;
/** From here on a chunk is large enough to end where a paragraph does. */
const ENOUGH = TARGET / 2;
const HEADING = /^(#{1,6})\s+\S/;
/** Enough of a line to see whether it is a heading, a fence or blank. */
const SEEN_BYTES = 64;

type Line = { readonly number: number; readonly tokens: number; readonly kind: 'blank' | 'heading' | 'text'; readonly level: number };
type Heading = { readonly line: number; readonly level: number };

/**
 * Cuts a rendition into chunks without overlap: whole lines up to a target of tokens, ending before headings and, where
 * a chunk is large enough, where a paragraph does. A longer line is cut at sentences or spaces. Left out are blank lines
 * between chunks, and a heading right before such a line: it stands in the heading path of its parts.
 */
export function chunksOf(rendition: Rendition): Chunk[] {
  const chunks: Chunk[] = [];
  let headings: readonly Heading[] = [];
  let open: Line[] = [];
  let tokens = 0;

  const close = () => {
    const last = open.findLast(({ kind }) => kind !== 'blank');
    const [first] = open;
    if (first !== undefined && last !== undefined) chunks.push(...cut(rendition, first, last, headings));
    open = [];
    tokens = 0;
  };

  for (const line of linesOf(rendition)) {
    const hasText = open.some(({ kind }) => kind === 'text');
    if (line.kind === 'heading') {
      if (hasText) close();
      headings = [...headings.filter(({ level }) => level < line.level), { line: line.number, level: line.level }];
    } else if (line.tokens > MOST && !hasText) {
      open = [];
      tokens = 0;
    } else if (isFull(tokens, line, open.at(-1))) close();
    if (open.length === 0 && line.kind === 'blank') continue;
    open.push(line);
    tokens += line.tokens;
  }
  close();
  return chunks;
}

/** Whether the next line does not fit at all, or does not fit the target and a paragraph ends before it. */
function isFull(tokens: number, line: Line, before: Line | undefined): boolean {
  if (tokens + line.tokens > MOST) return true;
  return tokens + line.tokens > TARGET && tokens >= ENOUGH && before?.kind === 'blank';
}

function* linesOf({ bytes, lines: { byteOffsets, tokenOffsets } }: Rendition): Generator<Line> {
  let fenced = false;
  for (let number = 1; number < byteOffsets.length; number++) {
    const [start, end] = [at(byteOffsets, number - 1), at(byteOffsets, number)];
    const seen = bytes.toString('utf8', start, Math.min(end, start + SEEN_BYTES));
    if (seen.startsWith('```')) fenced = !fenced;
    const level = fenced ? 0 : (HEADING.exec(seen)?.[1]?.length ?? 0);
    const blank = end - start <= SEEN_BYTES && seen.trim() === '';
    yield { number, tokens: at(tokenOffsets, number) - at(tokenOffsets, number - 1), kind: blank ? 'blank' : level > 0 ? 'heading' : 'text', level };
  }
}

function cut(rendition: Rendition, first: Line, last: Line, under: readonly Heading[]): Chunk[] {
  const { byteOffsets, tokenOffsets } = rendition.lines;
  const lines = { lineStart: first.number, lineEnd: last.number, headings: under.map(({ line }) => line) };
  const bytes = { byteStart: at(byteOffsets, first.number - 1), byteEnd: at(byteOffsets, last.number) };
  const tokens = at(tokenOffsets, last.number) - at(tokenOffsets, first.number - 1);
  if (first.number < last.number || tokens <= MOST) return [{ ...lines, ...bytes, tokens }];
  return piecesOf(rendition.bytes.subarray(bytes.byteStart, bytes.byteEnd)).map(({ from, to, tokens }) => ({
    ...lines,
    byteStart: bytes.byteStart + from,
    byteEnd: bytes.byteStart + to,
    tokens,
  }));
}

type Piece = { readonly from: number; readonly to: number; readonly tokens: number };

/** A line in parts of at most the target each, ending after a sentence where one ends in the latter half, else after a space. */
function piecesOf(line: Buffer): Piece[] {
  const pieces: Piece[] = [];
  for (let from = 0; from < line.length; ) {
    const rest = line.subarray(from);
    const fitting = fitTokens(rest, TARGET);
    const bytes = fitting.bytes === rest.length ? fitting.bytes : wholeWords(rest.toString('utf8', 0, fitting.bytes));
    pieces.push({ from, to: from + bytes, tokens: bytes === fitting.bytes ? fitting.tokens : fitTokens(rest.subarray(0, bytes), TARGET).tokens });
    from += bytes;
  }
  return pieces;
}

/** Bytes of the text up to its last sentence in the latter half, or its last space there, or all of it. */
function wholeWords(text: string): number {
  const half = text.length / 2;
  const sentence = text.search(/(?<=[.!?。！？]['")\]]?\s)(?!.*[.!?。！？]['")\]]?\s)/su);
  const end = sentence > half ? sentence : text.lastIndexOf(' ') + 1;
  return Buffer.byteLength(end > half ? text.slice(0, end) : text);
}

function at(offsets: Uint32Array, index: number): number {
  return offsets[index] ?? 0;
}
