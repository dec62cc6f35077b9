import type { Package } from './open-xml.ts';

/** What the cells of a workbook need to be shown: texts, which styles show dates, and when dates begin. */
export type Workbook = { readonly strings: readonly string[]; readonly formats: CellFormats; readonly dates1904: boolean };

/** For each cell style, whether its number is a date, a time of day, or both; null for plain numbers. */
export type CellFormats = readonly (DateFormat | null)[];
type DateFormat = { readonly date: boolean; readonly time: boolean };

export type Cell = { readonly type: string; readonly style: number; readonly value: string };

/** A cell as a reader sees it, but dates as ISO 8601 has them. */
export function cellText({ type, style, value }: Cell, { strings, formats, dates1904 }: Workbook): string {
  if (type === 's') return strings[Number(value)] ?? '';
  if (type === 'b') return value === '1' ? 'TRUE' : 'FALSE';
  const format = type === 'n' && value !== '' ? formats[style] : undefined;
  return format ? dateText(Number(value), format, dates1904) : value;
}

const DAY_MILLISECONDS = 86_400_000;
/** Day 0 of both calendars. That of 1900 has a 29 February 1900, so its days are right from March 1900 on (ECMA-376 part 1, 18.17.4.1). */
const DAY_ZERO = { from1900: Date.UTC(1899, 11, 30), from1904: Date.UTC(1904, 0, 1) };
const LAST_DAY = 2_958_465;

function dateText(serial: number, { date, time }: DateFormat, dates1904: boolean): string {
  if (!(serial >= 0 && serial <= LAST_DAY + 1)) return String(serial);
  const start = dates1904 ? DAY_ZERO.from1904 : DAY_ZERO.from1900;
  const [day = '', clock = ''] = new Date(start + Math.round(serial * DAY_MILLISECONDS)).toISOString().split('T');
  return [...(date ? [day] : []), ...(time ? [clock.slice(0, 8)] : [])].join(' ');
}

const DATE: DateFormat = { date: true, time: false };
const TIME: DateFormat = { date: false, time: true };
const BOTH: DateFormat = { date: true, time: true };

/** Formats that every workbook has (ECMA-376 part 1, 18.8.30). */
const BUILT_IN: Readonly<Record<number, DateFormat>> = {
  14: DATE,
  15: DATE,
  16: DATE,
  17: DATE,
  18: TIME,
  19: TIME,
  20: TIME,
  21: TIME,
  22: BOTH,
  45: TIME,
  46: TIME,
  47: TIME,
};

export async function createCellFormats(book: Package, part: string | null): Promise<CellFormats> {
  const own = new Map<string, DateFormat | null>();
  const styles: (DateFormat | null)[] = [];
  let inCellStyles = false;
  if (part === null) return styles;
  await book.read(part, {
    open({ name, attribute }) {
      if (name === 'cellXfs') inCellStyles = true;
      const id = attribute('numFmtId') ?? '0';
      if (name === 'numFmt') own.set(id, formatOf(attribute('formatCode') ?? ''));
      if (name === 'xf' && inCellStyles) styles.push(own.get(id) ?? BUILT_IN[Number(id)] ?? null);
    },
    close(name) {
      if (name === 'cellXfs') inCellStyles = false;
    },
  });
  return styles;
}

/** By the letters of a format code that stand for themselves: not quoted, not escaped, not in brackets. */
function formatOf(code: string): DateFormat | null {
  const letters = code.replace(/"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, '').replace(/general/gi, '');
  const date = /[dy]/i.test(letters) || (/m/i.test(letters) && !/[hs]/i.test(letters));
  const time = /[hs]/i.test(letters);
  return date || time ? { date, time } : null;
}
