import { LIMITS } from '#kernel';
import { cellText, createCellFormats, type Workbook } from './cells.ts';
import type { Markdown } from './markdown.ts';
import { openPackage, type Package, partOfType } from './open-xml.ts';
import type { Reader } from './reader.ts';
import type { XmlHandler } from './xml.ts';

/** SpreadsheetML (ECMA-376 part 1, 18): every sheet in its order, under its name, row by row as its cells show. */
export const readWorkbook: Reader = async (bytes, out) => {
  const book = await openPackage(bytes);
  const relations = await book.relations(book.main);
  const { sheets, dates1904 } = await readSheets(book);
  const strings = await readStrings(book, partOfType(relations, 'sharedStrings'));
  const formats = await createCellFormats(book, partOfType(relations, 'styles'));
  for (const { name, relation } of sheets) {
    out.heading(2, name);
    const part = relations.get(relation)?.part;
    if (part !== undefined) await book.read(part, sheet(out, { strings, formats, dates1904 }));
  }
  return { pages: sheets.length, incomplete: null };
};

type Sheet = { readonly name: string; readonly relation: string };

async function readSheets(book: Package): Promise<{ readonly sheets: readonly Sheet[]; readonly dates1904: boolean }> {
  const sheets: Sheet[] = [];
  let dates1904 = false;
  await book.read(book.main, {
    open({ name, attribute, relation }) {
      if (name === 'workbookPr') dates1904 = ['1', 'true'].includes(attribute('date1904') ?? '');
      if (name === 'sheet') sheets.push({ name: attribute('name') ?? '', relation: relation ?? '' });
    },
  });
  return { sheets, dates1904 };
}

/** Texts that cells refer to by number. Readings in ruby (`rPh`) are beside the text, not in it. */
async function readStrings(book: Package, part: string | null): Promise<readonly string[]> {
  const strings: string[] = [];
  let text = '';
  let inText = false;
  let inReading = false;
  const handler: XmlHandler = {
    open({ name }) {
      if (name === 'si') text = '';
      if (name === 'rPh') inReading = true;
      inText = name === 't' && !inReading;
    },
    close(name) {
      if (name === 'rPh') inReading = false;
      if (name === 'si') strings.push(text);
      inText = false;
    },
    text(characters) {
      if (inText) text += characters;
    },
  };
  if (part !== null) await book.read(part, handler);
  return strings;
}

function sheet(out: Markdown, book: Workbook): XmlHandler {
  let first = true;
  let cells: string[] = [];
  let cell = { type: 'n', style: 0, value: '' };
  let inValue = false;
  return {
    open({ name, attribute }) {
      if (name === 'row') cells = [];
      if (name === 'c') {
        cell = { type: attribute('t') ?? 'n', style: Number(attribute('s') ?? 0), value: '' };
        const column = columnOf(attribute('r'));
        while (cells.length < column - 1) cells.push('');
      }
      inValue = name === 'v' || (name === 't' && cell.type === 'inlineStr');
    },
    close(name) {
      inValue = false;
      if (name === 'c') cells.push(cellText(cell, book));
      if (name !== 'row' || cells.every((text) => text === '')) return;
      out.row(cells, first);
      first = false;
    },
    text(characters) {
      if (inValue) cell.value += characters;
    },
  };
}

/** `C5` is in column 3. A cell far to the right stands after as many empty ones as are ever repeated. */
function columnOf(reference: string | null): number {
  const letters = /^[A-Z]{1,3}/.exec(reference ?? '')?.[0] ?? '';
  const column = [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
  return Math.min(column, LIMITS.cellRepeats);
}
