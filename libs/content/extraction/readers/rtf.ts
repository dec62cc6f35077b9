import { TextDecoder } from 'node:util';
import { LIMITS } from '#kernel';
import { Incomplete } from './endings.ts';
import type { Markdown } from './markdown.ts';
import { type Reader, WHOLE } from './reader.ts';

/** One control word with its number, control symbol, brace, or run of plain bytes (RTF 1.9.1, "Basic Entities"). */
const TOKEN = /\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-f]{2})|\\([^a-z])|([{}])|[\r\n]+|[^\\{}\r\n]+/gi;

/** Groups whose text is not the document's. All others that begin with `\*` are left out as well. */
const DESTINATIONS: ReadonlySet<string> = new Set(
  'fonttbl colortbl stylesheet info pict object header headerf headerl headerr footer footerf footerl footerr filetbl listtable listoverridetable revtbl rsidtbl themedata colorschememapping datastore latentstyles xmlnstbl generator fldinst'.split(
    ' ',
  ),
);

const PARAGRAPH_ENDS: ReadonlySet<string> = new Set(['par', 'sect', 'page']);

const SIGNS: Readonly<Record<string, string>> = {
  line: '\n',
  tab: '\t',
  emdash: '—',
  endash: '–',
  bullet: '•',
  lquote: '‘',
  rquote: '’',
  ldblquote: '“',
  rdblquote: '”',
  emspace: ' ',
  enspace: ' ',
  '~': '\u00a0',
  _: '-',
  '-': '',
};

/** Code pages that are not called `windows-<number>` (WHATWG Encoding). */
const CODE_PAGES: Readonly<Record<number, string>> = {
  932: 'shift_jis',
  936: 'gbk',
  949: 'euc-kr',
  950: 'big5',
  866: 'ibm866',
  10000: 'macintosh',
  65001: 'utf-8',
};

/** RTF: its text, headings by outline level, rows of tables; in whatever code page it declares. */
export const readRtf: Reader = async (bytes, out) => {
  const rtf = createRtf(out);
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  TOKEN.lastIndex = 0;
  for (let token = TOKEN.exec(source); token !== null; token = TOKEN.exec(source)) {
    const [plain, word, number, hex, symbol, brace] = token;
    if (word !== undefined) {
      if (word === 'bin') TOKEN.lastIndex += Math.max(0, Number(number ?? 0));
      else rtf.control(word, number === undefined ? null : Number(number));
    } else if (hex !== undefined) rtf.byte(Number.parseInt(hex, 16));
    else if (symbol !== undefined) rtf.symbol(symbol);
    else if (brace === '{') rtf.open();
    else if (brace === '}') rtf.close();
    else if (!/^[\r\n]/.test(plain)) rtf.plain(plain);
  }
  rtf.end();
  return WHOLE;
};

type Group = { readonly skipped: boolean; readonly unicodeSkip: number };

function createRtf(out: Markdown) {
  const words = createWords();
  const blocks = createBlocks(out);
  const groups: Group[] = [];
  let group: Group = { skipped: false, unicodeSkip: 1 };
  /** Characters still to come that only readers without Unicode need. */
  let toSkip = 0;

  function control(word: string, number: number | null): void {
    if (DESTINATIONS.has(word)) group = { ...group, skipped: true };
    if (word === 'uc') group = { ...group, unicodeSkip: Math.max(0, number ?? 1) };
    if (word === 'ansicpg') words.codePage(number ?? 1252);
    if (group.skipped) return;
    if (word === 'u') {
      // Signed 16 bits (RTF 1.9.1, "Unicode RTF").
      words.write(String.fromCharCode((number ?? 0) & 0xffff));
      toSkip = group.unicodeSkip;
    } else if (PARAGRAPH_ENDS.has(word)) blocks.paragraph(words.take());
    else if (word === 'cell') blocks.cell(words.take());
    else blocks.control(word, number);
    words.write(SIGNS[word] ?? '');
  }

  return {
    control,
    byte(value: number): void {
      if (toSkip > 0) toSkip -= 1;
      else if (!group.skipped) words.byte(value);
    },
    symbol(symbol: string): void {
      if (symbol === '*') group = { ...group, skipped: true };
      else if (symbol === '\n' || symbol === '\r') control('par', null);
      else if (!group.skipped) words.write(SIGNS[symbol] ?? (/[\\{}]/.test(symbol) ? symbol : ''));
    },
    plain(characters: string): void {
      const rest = characters.slice(toSkip);
      toSkip = Math.max(0, toSkip - characters.length);
      if (group.skipped) return;
      // What is not ASCII although it should be is bytes of the code page.
      if (/^[\x20-\x7e\t]*$/.test(rest)) words.write(rest);
      else for (const character of rest) words.byte(character.charCodeAt(0));
    },
    open(): void {
      if (groups.length >= LIMITS.markupDepth) throw new Incomplete(`From there on its groups are nested more than ${LIMITS.markupDepth} deep.`);
      groups.push(group);
    },
    close(): void {
      group = groups.pop() ?? group;
      toSkip = 0;
    },
    end(): void {
      blocks.control('row', null);
      blocks.paragraph(words.take());
    },
  };
}

/** Text from characters and from bytes of a code page; the bytes of one character may come as several escapes. */
function createWords() {
  let decoder = decoderOf(1252);
  let bytes: number[] = [];
  let text = '';
  function write(characters: string): void {
    if (bytes.length > 0) text += decoder.decode(Uint8Array.from(bytes));
    bytes = [];
    text += characters;
  }
  return {
    write,
    byte: (value: number) => void bytes.push(value),
    codePage(codePage: number): void {
      decoder = decoderOf(codePage);
    },
    take(): string {
      write('');
      const taken = text;
      text = '';
      return taken;
    },
  };
}

function createBlocks(out: Markdown) {
  let heading = 0;
  let cells: string[] | null = null;
  /** Paragraphs of the cell that is not ended yet. */
  let inCell = '';
  let firstRow = true;

  function row(): void {
    if (cells?.some((cell) => cell.trim() !== '')) {
      out.row(cells, firstRow);
      firstRow = false;
    }
    cells = null;
  }

  return {
    paragraph(text: string): void {
      if (cells !== null) inCell += `${text} `;
      else if (heading > 0) out.heading(heading, text);
      else out.paragraph(text);
      if (cells === null && text.trim() !== '') firstRow = true;
    },
    cell(text: string): void {
      cells ??= [];
      cells.push(inCell + text);
      inCell = '';
    },
    control(word: string, number: number | null): void {
      if (word === 'pard') heading = 0;
      else if (word === 'outlinelevel') heading = (number ?? 9) < 9 ? (number ?? 0) + 1 : 0;
      else if (word === 'trowd' || word === 'intbl') cells ??= [];
      else if (word === 'row') row();
    },
  };
}

function decoderOf(codePage: number): TextDecoder {
  try {
    return new TextDecoder(CODE_PAGES[codePage] ?? `windows-${codePage}`);
  } catch {
    return new TextDecoder('windows-1252');
  }
}
