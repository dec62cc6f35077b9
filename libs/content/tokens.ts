import { countTokens as count } from 'gpt-tokenizer/encoding/o200k_base';

/** Names the tokenizer in answers (`tokens.counter`). */
export const TOKEN_COUNTER = 'o200k';

/** Longer pieces give the same count on prose, but a long run of one character takes up to a minute. UTF-16 units. */
const PIECE = 512;

/** `<|endoftext|>` in a file is text like any other, no instruction to a model. */
const PLAIN = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() };

/** Tokens of o200k_base, counted in pieces. */
export function countTokens(text: string): number {
  if (text.length <= PIECE) return count(text, PLAIN);
  let tokens = 0;
  for (let at = 0; at < text.length; ) {
    const end = pieceEnd(text, at, PIECE);
    tokens += count(text.slice(at, end), PLAIN);
    at = end;
  }
  return tokens;
}

/**
 * How many bytes of a UTF-8 text fit into a budget, cut between code points: at least one code point, whatever the
 * budget. Reads only as far as the budget goes.
 */
export function fitTokens(text: Buffer, budget: number): { readonly bytes: number; readonly tokens: number } {
  let bytes = 0;
  let tokens = 0;
  for (let size = PIECE; bytes < text.length && size > 0; ) {
    const piece = pieceAt(text, bytes, size);
    const cost = count(piece, PLAIN);
    const smallest = bytes === 0 && size === 1;
    if (tokens + cost > budget && !smallest) {
      size = Math.floor(size / 2);
      continue;
    }
    bytes += Buffer.byteLength(piece);
    tokens += cost;
  }
  return { bytes, tokens };
}

/** Up to `size` UTF-16 units from a byte offset; a unit takes at most three bytes of UTF-8. */
function pieceAt(text: Buffer, offset: number, size: number): string {
  const enough = text.toString('utf8', offset, offset + 3 * size + 4);
  return enough.slice(0, pieceEnd(enough, 0, size));
}

/** Where a piece ends: before the last space within `size` units, else after `size`, never inside a surrogate pair. */
function pieceEnd(text: string, start: number, size: number): number {
  const end = start + size;
  if (end >= text.length) return text.length;
  const space = text.lastIndexOf(' ', end);
  if (space > start) return space;
  const insidePair = (text.codePointAt(end - 1) ?? 0) > 0xffff;
  if (!insidePair) return end;
  return size === 1 ? end + 1 : end - 1;
}
