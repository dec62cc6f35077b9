import { LIMITS } from '#kernel';
import { binaryFormatOf, markedUpFormatOf } from './formats.ts';
import { decodeText } from './text.ts';

/** Changes whenever the same bytes could give another text. */
const EXTRACTOR = { name: 'text', version: '1' } as const;

export type Extraction =
  | {
      readonly status: 'ok' | 'partial';
      readonly text: string;
      readonly reason: string | null;
      readonly extractor: { readonly name: string; readonly version: string };
    }
  | { readonly status: 'no_text'; readonly text: null; readonly reason: string; readonly extractor: null };

/** The text of a file by what its bytes are, not by what it is called. Pure; bounded by the size of the file. */
export function extract(bytes: Uint8Array): Extraction {
  const markedUp = markedUpFormatOf(bytes);
  if (markedUp !== null) return noText(`Text is not taken from ${markedUp} yet.`);
  const text = decodeText(bytes);
  if (text === null) return noText(`Text is not taken from ${binaryFormatOf(bytes) ?? 'binary files'}.`);
  if (text.length <= LIMITS.renditionCharacters) return { status: 'ok', text, reason: null, extractor: EXTRACTOR };
  return { status: 'partial', text: cut(text), reason: `Only the first ${LIMITS.renditionCharacters} characters were taken.`, extractor: EXTRACTOR };
}

/** After the last whole line within the limit, or inside where there is none. */
function cut(text: string): string {
  const lineEnd = text.lastIndexOf('\n', LIMITS.renditionCharacters - 1) + 1;
  const end = lineEnd > 0 ? lineEnd : LIMITS.renditionCharacters;
  const splitsPair = (text.codePointAt(end - 1) ?? 0) > 0xffff;
  return text.slice(0, splitsPair ? end - 1 : end);
}

function noText(reason: string): Extraction {
  return { status: 'no_text', text: null, reason, extractor: null };
}
