import { Parser } from 'htmlparser2';
import { LIMITS } from '#kernel';
import { decodeText } from '../../text.ts';
import { Incomplete } from './endings.ts';
import type { Markdown } from './markdown.ts';
import { type Reader, WHOLE } from './reader.ts';
import { createTables } from './tables.ts';

/** HTML as a reader sees it: headings, paragraphs, lists, tables and preformatted text; no scripts, styles or forms' inner workings. */
export const readHtml: Reader = async (bytes, out) => {
  writeHtml(decodeHtml(bytes), out);
  return WHOLE;
};

const CHUNK_CHARACTERS = 64 * 1024;
const DECLARED_CHARSET = /<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w-]{1,40})/i;

/** By what the page declares (HTML, 13.2.3.2), where the bytes are in it; else as any text. */
function decodeHtml(bytes: Uint8Array): string {
  const declared = DECLARED_CHARSET.exec(Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 1024)).toString('latin1'))?.[1];
  try {
    if (declared !== undefined) return new TextDecoder(declared, { fatal: true }).decode(bytes);
  } catch {
    // Declared wrongly: its bytes are looked at instead.
  }
  const text = decodeText(bytes);
  if (text === null) throw new Error('the page is in no known encoding');
  return text;
}

const SKIPPED: ReadonlySet<string> = new Set(['script', 'style', 'template', 'noscript', 'svg', 'math', 'iframe', 'object', 'select', 'head']);
const INLINE: ReadonlySet<string> = new Set(
  'a abbr acronym b bdi bdo big button cite code data del dfn em font i img input ins kbd label map mark meter nobr output picture progress q rp rt ruby s samp small source span strike strong sub sup time tt u var wbr'.split(
    ' ',
  ),
);

export function writeHtml(html: string, out: Markdown): void {
  const page = createPage(out);
  let depth = 0;
  const parser = new Parser({
    onopentag(name, { alt }) {
      depth += 1;
      if (depth > LIMITS.markupDepth) throw new Incomplete(`From there on its elements are nested more than ${LIMITS.markupDepth} deep.`);
      page.open(name, alt ?? '');
    },
    onclosetag(name) {
      depth -= 1;
      page.close(name);
    },
    ontext: page.text,
  });
  // In pieces: a page that nests too deep is given up before the rest of it is looked at.
  for (let at = 0; at < html.length; at += CHUNK_CHARACTERS) parser.write(html.slice(at, at + CHUNK_CHARACTERS));
  parser.end();
  page.end();
}

function createPage(out: Markdown) {
  const tables = createTables(out);
  let text = '';
  let heading = 0;
  let lists = 0;
  let item = false;
  let preformatted = 0;
  let skipping = 0;

  /** What was written since the last block boundary is a block. */
  function finish(): void {
    const block = text;
    text = '';
    if (block.trim() === '') return;
    if (tables.isOpen()) tables.write(block);
    else if (heading > 0) out.heading(heading, block);
    else if (preformatted > 0) out.verbatim(block);
    else if (item) out.item(lists - 1, block);
    else out.paragraph(block);
    item = false;
  }

  return {
    open(name: string, alt: string): void {
      if (skipping > 0 || SKIPPED.has(name)) {
        skipping += 1;
        if (name === 'head') finish();
        return;
      }
      if (name === 'br') text += '\n';
      else if (name === 'img') text += alt;
      else if (!INLINE.has(name)) finish();
      if (/^h[1-6]$/.test(name)) heading = Number(name[1]);
      if (name === 'ul' || name === 'ol') lists += 1;
      if (name === 'li') item = true;
      if (name === 'pre') preformatted += 1;
      if (name === 'table') tables.open();
      if (name === 'tr') tables.openRow();
      if (name === 'td' || name === 'th') tables.openCell();
    },
    close(name: string): void {
      if (skipping > 0) {
        skipping -= 1;
        return;
      }
      if (!INLINE.has(name) && name !== 'br') finish();
      if (/^h[1-6]$/.test(name)) heading = 0;
      if (name === 'ul' || name === 'ol') lists = Math.max(0, lists - 1);
      if (name === 'li') item = false;
      if (name === 'pre') preformatted = Math.max(0, preformatted - 1);
      if (name === 'tr') tables.closeRow();
      if (name === 'table') tables.close();
    },
    text(characters: string): void {
      if (skipping === 0) text += preformatted > 0 ? characters : characters.replace(/[\t\r\n\f ]+/g, ' ');
    },
    end: finish,
  };
}
