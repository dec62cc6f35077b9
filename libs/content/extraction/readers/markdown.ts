import { LIMITS } from '#kernel';
import { Incomplete } from './endings.ts';

const LIST_INDENT = '  ';
const DEEPEST_HEADING = 6;
const DEEPEST_LIST = 16;

// biome-ignore lint/suspicious/noControlCharactersInRegex: what no text has is what is looked for
const UNPRINTABLE = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/** A document's text while it is written: Markdown blocks, with an empty line between those that do not belong together. */
export type Markdown = {
  heading(level: number, text: string): void;
  /** White space is one space; line feeds stay. */
  paragraph(text: string): void;
  /** As it is: lines and spaces stay. */
  verbatim(text: string): void;
  /** `depth` counts from 0. */
  item(depth: number, text: string): void;
  /** A row of a table; `first` begins one, and is its head. */
  row(cells: readonly string[], first: boolean): void;
  /** Everything so far; ends with a line feed unless it is empty. */
  text(): string;
  isEmpty(): boolean;
};

type Kind = 'block' | 'item' | 'row';

/** @param limit characters at most; what does not fit is left out, and its writer told by {@link Incomplete}. */
export function createMarkdown(limit: number = LIMITS.renditionCharacters): Markdown {
  const parts: string[] = [];
  let length = 0;
  let before: Kind | null = null;

  function write(kind: Kind, text: string, joined = kind !== 'block'): void {
    if (text === '') return;
    const gap = before === null || (joined && before === kind) ? '' : '\n';
    const part = `${gap}${text}\n`;
    if (length + part.length > limit) throw new Incomplete(`Only the first ${limit} characters were taken.`);
    parts.push(part);
    length += part.length;
    before = kind;
  }

  return {
    heading(level, text) {
      const words = oneLine(text);
      if (words !== '') write('block', `${'#'.repeat(Math.min(Math.max(level, 1), DEEPEST_HEADING))} ${words}`);
    },
    paragraph(text) {
      const lines = clean(text).split('\n').map(spaced);
      write('block', lines.join('\n').replace(/^\n+|\n+$/g, ''));
    },
    verbatim(text) {
      write('block', clean(text).replace(/^\n+|\s+$/g, ''));
    },
    item(depth, text) {
      const words = oneLine(text);
      if (words !== '') write('item', `${LIST_INDENT.repeat(Math.min(Math.max(depth, 0), DEEPEST_LIST))}- ${words}`);
    },
    row(cells, first) {
      const line = `| ${cells.map((cell) => oneLine(cell).replaceAll('|', '\\|')).join(' | ')} |`;
      write('row', first ? `${line}\n|${' --- |'.repeat(cells.length)}` : line, !first);
    },
    text: () => parts.join(''),
    isEmpty: () => length === 0,
  };
}

/** Only what a text may hold: no control characters but tab and line feed, no half characters. */
function clean(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(UNPRINTABLE, '').toWellFormed();
}

function spaced(line: string): string {
  return line.replace(/[^\S\n]+/g, ' ').trim();
}

function oneLine(text: string): string {
  return spaced(clean(text).replaceAll('\n', ' '));
}
