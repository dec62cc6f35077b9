import { getDocumentProxy } from 'unpdf';
import { LIMITS } from '#kernel';
import { Refused } from './endings.ts';
import type { Markdown } from './markdown.ts';
import type { Reader } from './reader.ts';

/** PDF, page by page, line by line as it is set, with an empty line where a gap or a new page is. Larger lines are headings. */
export const readPdf: Reader = async (bytes, out) => {
  const pdf = await open(bytes);
  const count = Math.min(pdf.numPages, LIMITS.extractedPages);
  const pages: Line[][] = [];
  let broken = 0;
  let characters = 0;
  // More than fits need not be gathered: writing it says that it does not.
  for (let number = 1; number <= count && characters <= LIMITS.renditionCharacters; number++) {
    const page = await pdf.getPage(number).catch(() => null);
    const content = await page?.getTextContent().catch(() => null);
    const lines = content == null ? [] : linesOf(content.items.filter((item) => 'str' in item));
    if (content == null) broken += 1;
    pages.push(lines);
    characters += lines.reduce((sum, line) => sum + line.text.length, 0);
    page?.cleanup();
  }
  const levels = headingLevels(pages.flat());
  for (const lines of pages) writePage(lines, levels, out);
  const incomplete = broken > 0 ? `${broken} of its ${count} pages are broken.` : count < pdf.numPages ? `Only the first ${count} pages were taken.` : null;
  return { pages: pdf.numPages, incomplete };
};

async function open(bytes: Uint8Array): ReturnType<typeof getDocumentProxy> {
  try {
    // Copied: the parser takes the memory that it is given for its own.
    return await getDocumentProxy(Uint8Array.from(bytes), {
      isEvalSupported: false,
      disableFontFace: true,
      useSystemFonts: false,
      enableXfa: false,
      verbosity: 0,
    });
  } catch (error) {
    if (error instanceof Error && error.name === 'PasswordException') throw new Refused('It is protected by a password.');
    throw error;
  }
}

type Item = { readonly str: string; readonly hasEOL: boolean; readonly height: number; readonly transform: readonly number[] };

/** `size`: of its largest letters, in points; `above`: how far below the line before it stands, 0 for the first. */
type Line = { readonly text: string; readonly size: number; readonly above: number };

function linesOf(items: readonly Item[]): Line[] {
  const lines: Line[] = [];
  let text = '';
  let size = 0;
  let baseline: number | null = null;
  let before: number | null = null;

  function endLine(): void {
    const above = before === null || baseline === null ? 0 : Math.abs(before - baseline);
    lines.push({ text: text.replace(BULLET, '- '), size: Math.round(size), above });
    [before, baseline, text, size] = [baseline ?? before, null, '', 0];
  }

  for (const { str, height, transform, hasEOL } of items) {
    text += str;
    size = Math.max(size, height);
    if (str.trim() !== '') baseline ??= transform[5] ?? null;
    if (hasEOL) endLine();
  }
  endLine();
  return lines;
}

const BULLET = /^\s*[\u2022\u2023\u25aa\u25cf\u25e6]\s+/;

/** A heading is set so many times larger than most of the text, in few words. */
const HEADING_SIZE = 1.15;
const HEADING_CHARACTERS = 150;
const HEADING_LEVELS = 4;

/** The level of each size that is larger than that of most of the text: the largest is 1. */
function headingLevels(lines: readonly Line[]): ReadonlyMap<number, number> {
  const characters = new Map<number, number>();
  for (const { size, text } of lines) characters.set(size, (characters.get(size) ?? 0) + text.length);
  const [body = 0] = [...characters].reduce((most, entry) => (entry[1] > most[1] ? entry : most), [0, 0]);
  const larger = [...characters.keys()].filter((size) => body > 0 && size >= body * HEADING_SIZE).sort((one, other) => other - one);
  return new Map(larger.map((size, index) => [size, Math.min(index + 1, HEADING_LEVELS)]));
}

/** Lines further apart than this many times their size belong to different paragraphs. */
const PARAGRAPH_GAP = 1.8;

function writePage(lines: readonly Line[], levels: ReadonlyMap<number, number>, out: Markdown): void {
  let block: Line[] = [];

  function endBlock(): void {
    const text = block.map((line) => line.text).join('\n');
    const level = levels.get(block[0]?.size ?? 0);
    block = [];
    if (level !== undefined && text.length <= HEADING_CHARACTERS && /\p{L}/u.test(text)) out.heading(level, text);
    else out.paragraph(text);
  }

  for (const line of lines) {
    const before = block.at(-1);
    const isOther = before !== undefined && line.size > 0 && levels.get(before.size) !== levels.get(line.size);
    if (isOther || line.above > PARAGRAPH_GAP * Math.max(line.size, 1)) endBlock();
    block.push(line);
  }
  endBlock();
}
