import { LIMITS } from '#kernel';
import { binaryFormatOf, correctedTextType, documentFormatOf, markedUpTypeOf, type Sent } from './formats.ts';
import { decodeText } from './text.ts';

/** Changes whenever the same bytes could give another text. */
const EXTRACTOR = { name: 'text', version: '1' } as const;

/** `contentType`: what the bytes are, where that is certain, whatever the sender says of them. */
export type Extraction = { readonly contentType: string | null } & (
  | {
      readonly status: 'ok' | 'partial';
      readonly text: string;
      readonly reason: string | null;
      readonly extractor: { readonly name: string; readonly version: string };
    }
  | { readonly status: 'no_text'; readonly text: null; readonly reason: string; readonly extractor: null }
  /** An extractor reads it, in a process of its own. */
  | { readonly status: 'pending'; readonly text: null; readonly reason: null; readonly extractor: null }
);

/** The text of a file by what its bytes are, where it is its characters. Pure; bounded by the size of the file. */
export function extract(bytes: Uint8Array, sent: Sent): Extraction {
  const document = documentFormatOf(bytes);
  if (document !== null) return pending(document.contentType);
  const text = decodeText(bytes);
  if (text === null) return noText(binaryFormatOf(bytes));
  const markedUp = markedUpTypeOf(text, sent);
  if (markedUp !== null && text !== '') return pending(markedUp);
  const found = { contentType: correctedTextType(sent), extractor: EXTRACTOR };
  if (bytes.length === 0) return { ...found, status: 'ok', text, reason: 'The file is empty.' };
  if (text.length <= LIMITS.renditionCharacters) return { ...found, status: 'ok', text, reason: null };
  return { ...found, status: 'partial', text: cut(text), reason: `Only the first ${LIMITS.renditionCharacters} characters were taken.` };
}

/** After the last whole line within the limit, or inside where there is none. */
function cut(text: string): string {
  const lineEnd = text.lastIndexOf('\n', LIMITS.renditionCharacters - 1) + 1;
  const end = lineEnd > 0 ? lineEnd : LIMITS.renditionCharacters;
  const splitsPair = (text.codePointAt(end - 1) ?? 0) > 0xffff;
  return text.slice(0, splitsPair ? end - 1 : end);
}

function noText(format: ReturnType<typeof binaryFormatOf>): Extraction {
  const reason = `Text is not taken from ${format?.what ?? 'binary files'}.`;
  return { status: 'no_text', text: null, reason, extractor: null, contentType: format?.contentType ?? null };
}

function pending(contentType: string | null): Extraction {
  return { status: 'pending', text: null, reason: null, extractor: null, contentType };
}
