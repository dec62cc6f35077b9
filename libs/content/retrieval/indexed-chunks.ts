import type { Rendition } from '../ports.ts';
import { analyze } from './analyzer.ts';
import { type Chunk, chunksOf } from './chunker.ts';

/** A chunk as the index knows it. */
export type IndexedChunk = Chunk & {
  /** Each term with its weighted frequency. */
  readonly terms: ReadonlyMap<string, number>;
  /** All weighted frequencies together. */
  readonly length: number;
  /** The text of the chunk, a view of the rendition. */
  readonly bytes: Buffer;
};

/** What a word in a heading above the text, or in the name of the file, counts; in the text itself it counts once. */
const TITLE_WEIGHT = 2;

/** The chunks of a rendition one by one, with the terms under which they are found. */
export function* indexedChunks(rendition: Rendition, name: string): Generator<IndexedChunk> {
  const nameTerms = analyze(name.replace(/\.[^.]*$/, ''));
  for (const chunk of chunksOf(rendition)) {
    const bytes = rendition.bytes.subarray(chunk.byteStart, chunk.byteEnd);
    const terms = new Map<string, number>();
    let length = 0;
    const count = (found: readonly string[], weight: number) => {
      for (const term of found) terms.set(term, (terms.get(term) ?? 0) + weight);
      length += found.length * weight;
    };
    count(analyze(bytes.toString('utf8')), 1);
    // A heading within the chunk has counted once already.
    for (const line of chunk.headings) count(analyze(lineOf(rendition, line)), line >= chunk.lineStart ? TITLE_WEIGHT - 1 : TITLE_WEIGHT);
    count(nameTerms, TITLE_WEIGHT);
    yield { ...chunk, terms, length, bytes };
  }
}

function lineOf({ bytes, lines: { byteOffsets } }: Rendition, line: number): string {
  return bytes.toString('utf8', byteOffsets[line - 1], byteOffsets[line]);
}

/** The words of the heading that a chunk stands under; null where there is none. */
export function headingText(rendition: Rendition, line: number | null): string | null {
  return line === null
    ? null
    : lineOf(rendition, line)
        .replace(/^#+\s+/, '')
        .trim();
}
