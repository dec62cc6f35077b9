import { LIMITS } from '#kernel';
import type { Markdown } from './markdown.ts';
import type { Reader } from './reader.ts';
import { type Element, readXml } from './xml.ts';
import { openZip } from './zip.ts';

/** OpenDocument text, spreadsheet and presentation (OASIS ODF 1.3): all of it stands in one part, in the order it is shown. */
export const readOpenDocument: Reader = async (bytes, out) => {
  const content = await (await openZip(bytes)).read('content.xml');
  if (content === null) throw new Error('the package has no content');
  const body = createBody(out);
  const words = createWords();
  readXml(content, {
    open(element) {
      words.open(element);
      if (!words.isSkipping()) body.open(element);
    },
    close(name) {
      // A paragraph inside a note is part of the paragraph that the note belongs to.
      if (!words.isSkipping() && !words.isInNote()) {
        if (name === 'p' || name === 'h') body.paragraph(words.take());
        body.close(name);
      }
      words.close(name);
    },
    text: words.text,
  });
  return { pages: body.pages(), incomplete: null };
};

/** Comments, and what was deleted under tracked changes, are not the document. */
const NOT_THE_DOCUMENT: ReadonlySet<string> = new Set(['annotation', 'tracked-changes']);

/** The text of paragraphs, with notes in brackets where they are referred to. */
function createWords() {
  let text = '';
  let paragraphs = 0;
  let notes = 0;
  let skipping = 0;
  return {
    open(element: Element): void {
      const { name } = element;
      if (skipping > 0 || NOT_THE_DOCUMENT.has(name)) skipping += 1;
      else if (name === 'p' || name === 'h') paragraphs += 1;
      else if (name === 'note') notes += 1;
      if (skipping === 0) text += marksOf(element);
    },
    close(name: string): void {
      if (skipping > 0) {
        skipping -= 1;
        return;
      }
      if (name === 'p' || name === 'h') paragraphs -= 1;
      if (name !== 'note') return;
      notes -= 1;
      text += ']';
    },
    text(characters: string): void {
      if (skipping === 0 && paragraphs > 0) text += characters.replace(/[\t\r\n ]+/g, ' ');
    },
    take(): string {
      const taken = text;
      text = '';
      return taken;
    },
    isSkipping: () => skipping > 0,
    isInNote: () => notes > 0,
  };
}

function marksOf({ name, attribute }: Element): string {
  if (name === 's') return ' '.repeat(Math.min(Number(attribute('c') ?? 1) || 1, LIMITS.cellRepeats));
  return { tab: '\t', 'line-break': '\n', note: ' [', 'note-body': ': ' }[name] ?? '';
}

type Table = { cells: string[]; first: boolean; rows: number; columns: number; text: string };

/** Tables of a text, sheets of a spreadsheet. A table inside a cell belongs to the text of that cell. */
function createTables(out: Markdown) {
  const tables: Table[] = [];

  function row(table: Table): void {
    const { cells, rows, first } = table;
    const filled = cells.slice(0, cells.findLastIndex((cell) => cell.trim() !== '') + 1);
    const outer = tables.at(-2);
    if (filled.length === 0) return;
    table.first = false;
    if (outer !== undefined) outer.text += ` ${filled.join(' ')}`;
    else for (let n = 0; n < rows; n++) out.row(filled, first && n === 0);
  }

  return {
    isOpen: () => tables.length > 0,
    open({ name, attribute }: Element): void {
      if (name === 'table') tables.push({ cells: [], first: true, rows: 1, columns: 1, text: '' });
      const table = tables.at(-1);
      if (table === undefined) return;
      if (name === 'table-row') [table.cells, table.rows] = [[], repeats(attribute('number-rows-repeated'))];
      if (isCell(name)) [table.text, table.columns] = ['', repeats(attribute('number-columns-repeated'))];
    },
    write(text: string): void {
      const table = tables.at(-1);
      if (table !== undefined) table.text += table.text === '' ? text : ` ${text}`;
    },
    close(name: string): void {
      const table = tables.at(-1);
      if (table === undefined) return;
      if (isCell(name)) for (let n = 0; n < table.columns; n++) table.cells.push(table.text);
      if (name === 'table-row') row(table);
      if (name === 'table') tables.pop();
    },
  };
}

function createBody(out: Markdown) {
  const tables = createTables(out);
  let isSpreadsheet = false;
  let heading = 0;
  let lists = 0;
  let inNotes = false;
  let pages = 0;

  function openPage(name: string): void {
    pages += 1;
    out.heading(2, isSpreadsheet ? name : `Slide ${pages}`);
  }

  return {
    open(element: Element): void {
      const { name, attribute } = element;
      if (name === 'spreadsheet') isSpreadsheet = true;
      if (name === 'h') heading = Number(attribute('outline-level') ?? 1) || 1;
      if (name === 'list') lists += 1;
      if (name === 'notes') inNotes = true;
      if (name === 'page' || (name === 'table' && isSpreadsheet && !tables.isOpen())) openPage(attribute('name') ?? '');
      tables.open(element);
    },
    paragraph(text: string): void {
      if (tables.isOpen()) tables.write(text);
      else if (inNotes) out.paragraph(text.trim() === '' ? '' : `Notes: ${text.trim()}`);
      else if (heading > 0) out.heading(heading, text);
      else if (lists > 0) out.item(lists - 1, text);
      else out.paragraph(text);
      heading = 0;
    },
    close(name: string): void {
      if (name === 'list') lists -= 1;
      if (name === 'notes') inNotes = false;
      tables.close(name);
    },
    /** Slides or sheets; null for a text. */
    pages: () => (pages === 0 ? null : pages),
  };
}

function isCell(name: string): boolean {
  return name === 'table-cell' || name === 'covered-table-cell';
}

/** Empty cells and rows are repeated to the edge of the sheet. */
function repeats(value: string | null): number {
  const count = Number(value ?? 1);
  return Number.isInteger(count) && count > 0 ? Math.min(count, LIMITS.cellRepeats) : 1;
}
