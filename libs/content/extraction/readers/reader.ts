import type { Markdown } from './markdown.ts';

/** What a reader says beside the text it wrote. */
export type Read = {
  /** Pages, slides or sheets, where the format has them. */
  readonly pages: number | null;
  /** Why the text is not all of it. */
  readonly incomplete: string | null;
};

/**
 * Writes the text of a document. Pure: bytes to text. Throws {@link Refused} or {@link Incomplete}; whatever else it
 * throws means that the document is broken. What was written until then counts.
 */
export type Reader = (bytes: Uint8Array, out: Markdown) => Promise<Read>;

export const WHOLE: Read = { pages: null, incomplete: null };
