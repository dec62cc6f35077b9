import { getDocumentProxy } from 'unpdf';
import { LIMITS } from '#kernel';
import { Refused } from './endings.ts';
import type { Markdown } from './markdown.ts';
import type { Reader } from './reader.ts';

/** PDF, page by page, line by line as it is set, with an empty line where a gap or a new page is. */
export const readPdf: Reader = async (bytes, out) => {
  const pdf = await open(bytes);
  const pages = Math.min(pdf.numPages, LIMITS.extractedPages);
  let broken = 0;
  for (let number = 1; number <= pages; number++) {
    const page = await pdf.getPage(number).catch(() => null);
    const content = await page?.getTextContent().catch(() => null);
    if (content == null) broken += 1;
    else
      writePage(
        content.items.filter((item) => 'str' in item),
        out,
      );
    page?.cleanup();
  }
  const incomplete = broken > 0 ? `${broken} of its ${pages} pages are broken.` : pages < pdf.numPages ? `Only the first ${pages} pages were taken.` : null;
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

/** Lines further apart than this many times their height belong to different paragraphs. */
const PARAGRAPH_GAP = 1.8;

function writePage(items: readonly Item[], out: Markdown): void {
  let lines: string[] = [];
  let line = '';
  let baseline: number | null = null;
  let above: number | null = null;
  let height = 0;

  function endLine(): void {
    const gap = above === null || baseline === null ? 0 : Math.abs(above - baseline);
    if (gap > PARAGRAPH_GAP * Math.max(height, 1)) endBlock();
    lines.push(line);
    [above, baseline, line, height] = [baseline ?? above, null, '', 0];
  }

  function endBlock(): void {
    out.paragraph(lines.join('\n'));
    lines = [];
  }

  for (const item of items) {
    line += item.str;
    height = Math.max(height, item.height);
    if (item.str.trim() !== '') baseline ??= item.transform[5] ?? null;
    if (item.hasEOL) endLine();
  }
  endLine();
  endBlock();
}
