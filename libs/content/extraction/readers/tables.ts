import type { Markdown } from './markdown.ts';

/** The tables of a document as rows of text. A table inside a cell is part of that cell's text. */
export type Tables = {
  open(): void;
  openRow(): void;
  openCell(): void;
  /** Text of the open cell. */
  write(text: string): void;
  closeRow(): void;
  close(): void;
  isOpen(): boolean;
};

export function createTables(out: Markdown): Tables {
  let depth = 0;
  let cells: string[] = [];
  let first = true;
  return {
    open() {
      depth += 1;
      if (depth > 1) return;
      first = true;
      cells = [];
    },
    openRow() {
      if (depth === 1) cells = [];
    },
    openCell() {
      if (depth === 1) cells.push('');
    },
    write(text) {
      const before = cells.pop() ?? '';
      cells.push(before === '' ? text : `${before} ${text}`);
    },
    closeRow() {
      if (depth !== 1 || cells.every((cell) => cell.trim() === '')) return;
      out.row(cells, first);
      first = false;
    },
    close() {
      depth = Math.max(0, depth - 1);
    },
    isOpen: () => depth > 0,
  };
}
