import type { FoundChunk, Rendition } from '../ports.ts';
import type { Window } from '../window.ts';

/** One or several neighbouring chunks of a file, to be given together; `best` is the best of them. */
export type Passage = FoundChunk & { readonly best: FoundChunk };

export type Packed = {
  readonly chunks: readonly FoundChunk[];
  /** Of the chunks considered, those for which there was no room. */
  readonly omitted: number;
};

/** Of this part of the chunks asked for, one file alone takes no more while there are others. */
const SHARE_OF_A_FILE = 1 / 3;

/**
 * Fills a budget with the best chunks, best first: without repeated text, no file crowding out the others, and where one
 * does not fit, smaller ones after it may.
 */
export function packChunks(found: readonly FoundChunk[], { maxChunks, maxTokens }: { readonly maxChunks: number; readonly maxTokens: number }): Packed {
  const considered = sharedOut(withoutRepetition(found), Math.ceil(maxChunks * SHARE_OF_A_FILE)).slice(0, maxChunks);
  const chunks: FoundChunk[] = [];
  let used = 0;
  for (const chunk of considered) {
    if (used + chunk.tokens > maxTokens) continue;
    chunks.push(chunk);
    used += chunk.tokens;
  }
  return { chunks, omitted: considered.length - chunks.length };
}

function withoutRepetition(found: readonly FoundChunk[]): FoundChunk[] {
  const seen = new Set<string>();
  return found.filter(({ fingerprint }) => !seen.has(fingerprint) && seen.add(fingerprint));
}

/** What exceeds a file's share comes after everything else. */
function sharedOut(found: readonly FoundChunk[], share: number): FoundChunk[] {
  const counts = new Map<string, number>();
  const within: FoundChunk[] = [];
  const beyond: FoundChunk[] = [];
  for (const chunk of found) {
    const count = (counts.get(chunk.item.contentId) ?? 0) + 1;
    counts.set(chunk.item.contentId, count);
    (count <= share ? within : beyond).push(chunk);
  }
  return [...within, ...beyond];
}

/** A file's chunks in their order, neighbours joined as far as the blank lines between them fit in the room that is left. */
export function joinNeighbours(chunks: readonly FoundChunk[], rendition: Rendition, room: number): Passage[] {
  const passages: Passage[] = [];
  let left = room;
  for (const chunk of [...chunks].sort((one, other) => one.byteStart - other.byteStart)) {
    const before = passages.at(-1);
    const gap = before === undefined ? null : tokensBetween(before, chunk, rendition);
    if (before === undefined || gap === null || gap > left) {
      passages.push({ ...chunk, best: chunk });
      continue;
    }
    left -= gap;
    const best = chunks.indexOf(before.best) < chunks.indexOf(chunk) ? before.best : chunk;
    passages.splice(-1, 1, { ...before, ...endOf(chunk), tokens: before.tokens + gap + chunk.tokens, best });
  }
  return passages;
}

function endOf({ lineEnd, byteEnd, ordinal }: FoundChunk): Pick<FoundChunk, 'lineEnd' | 'byteEnd' | 'ordinal'> {
  return { lineEnd, byteEnd, ordinal };
}

/** Null where two chunks do not make one: whole lines join whole lines, parts of a line join parts of the same line. */
function tokensBetween(one: FoundChunk, next: FoundChunk, rendition: Rendition): number | null {
  if (one.ordinal + 1 !== next.ordinal) return null;
  if (one.lineStart === next.lineEnd) return 0;
  if (!isWholeLines(one, rendition) || !isWholeLines(next, rendition)) return null;
  const { tokenOffsets } = rendition.lines;
  return (tokenOffsets[next.lineStart - 1] ?? 0) - (tokenOffsets[one.lineEnd] ?? 0);
}

/** What a passage of a file is as a window on its text. */
export function windowOf(passage: Omit<FoundChunk, 'fingerprint'>, rendition: Rendition): Window {
  const { lineStart, lineEnd, byteStart, byteEnd, tokens } = passage;
  const lineOffset = rendition.lines.byteOffsets[lineStart - 1] ?? 0;
  const lineBytes = (rendition.lines.byteOffsets[lineEnd] ?? 0) - lineOffset;
  const part = { byteStart: byteStart - lineOffset, byteEnd: byteEnd - lineOffset, lineBytes };
  return {
    text: rendition.bytes.subarray(byteStart, byteEnd),
    lineStart,
    lineEnd,
    totalLines: rendition.lines.byteOffsets.length - 1,
    truncated: false,
    nextLines: null,
    partialLine: isWholeLines(passage, rendition) ? null : part,
    tokensUsed: tokens,
  };
}

type Extent = Pick<FoundChunk, 'lineStart' | 'lineEnd' | 'byteStart' | 'byteEnd'>;

function isWholeLines({ lineStart, lineEnd, byteStart, byteEnd }: Extent, { lines: { byteOffsets } }: Rendition): boolean {
  return byteStart === byteOffsets[lineStart - 1] && byteEnd === byteOffsets[lineEnd];
}
