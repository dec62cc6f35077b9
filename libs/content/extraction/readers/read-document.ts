import { fileTypeFromBuffer } from 'file-type';
import { type Claim, type Outcome, withoutText } from '../outcome.ts';
import { Incomplete, Refused } from './endings.ts';
import { readHtml } from './html.ts';
import { readMail } from './mail.ts';
import { createMarkdown, type Markdown } from './markdown.ts';
import { readOpenDocument } from './open-document.ts';
import { readPdf } from './pdf.ts';
import type { Read, Reader } from './reader.ts';
import { readRtf } from './rtf.ts';
import { readSlides } from './slides.ts';
import { readWord } from './word.ts';
import { readWorkbook } from './workbook.ts';

type Format = {
  /** Name of the extractor; its version changes whenever the same bytes could give another text. */
  readonly name: string;
  readonly version: string;
  /** What such files are called, in the plural. */
  readonly plural: string;
  readonly read: Reader;
};

const WORD: Format = { name: 'word', version: '1', plural: 'Word documents', read: readWord };
const WORKBOOK: Format = { name: 'workbook', version: '1', plural: 'Excel workbooks', read: readWorkbook };
const SLIDES: Format = { name: 'slides', version: '1', plural: 'PowerPoint presentations', read: readSlides };
const OPEN_DOCUMENT: Format = { name: 'open-document', version: '1', plural: 'OpenDocument files', read: readOpenDocument };
const PDF: Format = { name: 'pdf', version: '1', plural: 'PDF files', read: readPdf };
const RTF: Format = { name: 'rtf', version: '1', plural: 'RTF files', read: readRtf };
const HTML: Format = { name: 'html', version: '1', plural: 'HTML pages', read: readHtml };
const MAIL: Format = { name: 'mail', version: '1', plural: 'mail messages', read: readMail };

/** By extension as `file-type` gives it; macros and templates make no difference to the text. */
const FORMATS: Readonly<Record<string, Format>> = {
  ...{ docx: WORD, docm: WORD, dotx: WORD, dotm: WORD },
  ...{ xlsx: WORKBOOK, xlsm: WORKBOOK, xltx: WORKBOOK, xltm: WORKBOOK },
  ...{ pptx: SLIDES, pptm: SLIDES, potx: SLIDES, potm: SLIDES, ppsx: SLIDES, ppsm: SLIDES },
  ...{ odt: OPEN_DOCUMENT, ods: OPEN_DOCUMENT, odp: OPEN_DOCUMENT, ott: OPEN_DOCUMENT, ots: OPEN_DOCUMENT, otp: OPEN_DOCUMENT },
  ...{ pdf: PDF, rtf: RTF },
};

/** The text of a document by what its bytes are, and what became of reading it. Never throws. */
export async function readDocument(bytes: Uint8Array, claim: Claim): Promise<{ readonly outcome: Outcome; readonly text: string | null }> {
  const type = await typeOf(bytes, claim).catch(() => null);
  if (type === null) return { outcome: withoutText('failed', 'It is broken: not even its format can be told.'), text: null };
  const { format, contentType } = type;
  if (format === null) return { outcome: withoutText('no_text', `Text is not taken from files of this type (${contentType}).`, contentType), text: null };

  const out = createMarkdown();
  const ended = await read(format, bytes, out);
  if ('refused' in ended) return { outcome: withoutText('refused', ended.refused, contentType), text: null };
  if (out.isEmpty()) return { outcome: withoutText(...emptiness(ended, format), contentType), text: null };
  const text = out.text();
  const { name, version } = format;
  const status = ended.incomplete === null ? 'ok' : 'partial';
  return { outcome: { status, reason: ended.incomplete, extractor: { name, version }, contentType, pages: ended.pages, characters: text.length }, text };
}

type Ended = (Read & { readonly broken: boolean }) | { readonly refused: string };

async function read(format: Format, bytes: Uint8Array, out: Markdown): Promise<Ended> {
  try {
    return { ...(await format.read(bytes, out)), broken: false };
  } catch (error) {
    if (error instanceof Refused) return { refused: error.message };
    if (error instanceof Incomplete) return out.isEmpty() ? { refused: error.message } : { pages: null, incomplete: error.message, broken: false };
    return { pages: null, incomplete: 'It is broken: only what stands before the damage was taken.', broken: true };
  }
}

function emptiness({ broken }: { readonly broken: boolean }, { plural }: Format): ['failed' | 'no_text', string] {
  if (broken) return ['failed', `It is broken: it cannot be read as ${plural} are.`];
  return ['no_text', 'It holds no text; scanned pages and pictures have none.'];
}

/** What others pack into ZIP containers as well, so that a container alone does not tell. */
const PACKED: ReadonlySet<Format> = new Set([WORD, WORKBOOK, SLIDES, OPEN_DOCUMENT]);

/** By what the sender or the first characters of the file say: these have no signature. */
const UNSIGNED: Readonly<Record<string, Format>> = { 'text/html': HTML, 'application/xhtml+xml': HTML, 'message/rfc822': MAIL };

async function typeOf(bytes: Uint8Array, { extension, contentType }: Claim): Promise<{ readonly format: Format | null; readonly contentType: string }> {
  const detected = await fileTypeFromBuffer(bytes);
  const format = (detected && FORMATS[detected.ext]) ?? null;
  if (detected !== undefined && format !== null) return { format, contentType: detected.mime };
  const claimed = FORMATS[extension];
  if (detected?.ext === 'zip') return { format: claimed !== undefined && PACKED.has(claimed) ? claimed : null, contentType: detected.mime };
  const unsigned = Object.hasOwn(UNSIGNED, contentType) ? UNSIGNED[contentType] : undefined;
  if (unsigned !== undefined) return { format: unsigned, contentType };
  return { format: null, contentType: detected?.mime ?? 'application/octet-stream' };
}
