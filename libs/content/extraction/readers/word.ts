import type { Markdown } from './markdown.ts';
import { openPackage, type Package, partOfType } from './open-xml.ts';
import { type Reader, WHOLE } from './reader.ts';
import { createTables } from './tables.ts';
import type { Element, XmlHandler } from './xml.ts';

/** WordprocessingML (ECMA-376 part 1, 17): headings by style or outline level, lists, tables; foot- and endnotes at the end. */
export const readWord: Reader = async (bytes, out) => {
  const word = await openPackage(bytes);
  const relations = await word.relations(word.main);
  const headings = await headingStyles(word, partOfType(relations, 'styles'));
  await word.read(word.main, body(out, headings));
  for (const type of ['footnotes', 'endnotes'] as const) {
    const part = partOfType(relations, type);
    if (part !== null) await word.read(part, notes(out, type === 'footnotes' ? '' : 'e'));
  }
  return WHOLE;
};

/** Levels of the paragraph styles that are headings. Their names are English in every language; their ids are not. */
async function headingStyles(word: Package, part: string | null): Promise<ReadonlyMap<string, number>> {
  const levels = new Map<string, number>();
  if (part === null) return levels;
  let style: string | null = null;
  await word.read(part, {
    open({ name, attribute }) {
      if (name === 'style') style = attribute('styleId');
      if (style === null) return;
      const named = name === 'name' ? headingNamed(attribute('val') ?? '') : null;
      const outlined = name === 'outlineLvl' ? outlineLevel(attribute('val')) : null;
      const level = named ?? outlined;
      if (level !== null && !levels.has(style)) levels.set(style, level);
    },
  });
  return levels;
}

function headingNamed(name: string): number | null {
  if (/^title$/i.test(name)) return 1;
  const level = /^heading ?([1-9])$/i.exec(name)?.[1];
  return level === undefined ? null : Number(level);
}

/** Counted from 0; 9 is body text. */
function outlineLevel(value: string | null): number | null {
  return value !== null && /^[0-8]$/.test(value) ? Number(value) + 1 : null;
}

type Paragraph = { text: string; heading: number | null; list: number | null };

const NOTHING: Paragraph = { text: '', heading: null, list: null };

function body(out: Markdown, headings: ReadonlyMap<string, number>): XmlHandler {
  const tables = createTables(out);
  const runs = createRuns();
  let paragraph: Paragraph = { ...NOTHING };

  function finish(): void {
    const { text, heading, list } = { ...paragraph, text: runs.take() };
    paragraph = { ...NOTHING };
    if (tables.isOpen()) tables.write(text);
    else if (heading !== null) out.heading(heading, text);
    else if (list !== null) out.item(list, text);
    else out.paragraph(text);
  }

  function style({ name, attribute }: Element): void {
    const value = attribute('val');
    if (name === 'pStyle') paragraph.heading ??= headings.get(value ?? '') ?? headingNamed(value ?? '');
    if (name === 'outlineLvl') paragraph.heading = outlineLevel(value) ?? paragraph.heading;
    if (name === 'ilvl') paragraph.list = Number.parseInt(value ?? '0', 10) || 0;
    // List 0 takes a paragraph out of the list that its style puts it in.
    if (name === 'numId') paragraph.list = value === '0' ? null : (paragraph.list ?? 0);
  }

  return {
    open(element) {
      runs.open(element);
      if (runs.isSkipping()) return;
      style(element);
      if (element.name === 'tbl') tables.open();
      if (element.name === 'tr') tables.openRow();
      if (element.name === 'tc') tables.openCell();
    },
    close(name) {
      if (!runs.isSkipping()) {
        if (name === 'p') finish();
        if (name === 'tr') tables.closeRow();
        if (name === 'tbl') tables.close();
      }
      runs.close(name);
    },
    text: runs.text,
  };
}

/** Notes carry the number that the text refers to; separators have types and no text. */
function notes(out: Markdown, prefix: string): XmlHandler {
  const runs = createRuns();
  let id = '';
  return {
    open(element) {
      runs.open(element);
      if (element.name === 'footnote' || element.name === 'endnote') id = element.attribute('id') ?? '';
    },
    close(name) {
      runs.close(name);
      if (name === 'p') runs.space();
      if (name !== 'footnote' && name !== 'endnote') return;
      const text = runs.take().trim();
      if (text !== '') out.paragraph(`[^${prefix}${id}]: ${text}`);
    },
    text: runs.text,
  };
}

const MARKS: Readonly<Record<string, string>> = { tab: '\t', br: '\n', cr: '\n', noBreakHyphen: '-', softHyphen: '' };

/** Text of runs: what `w:t` holds, and what stands for a character. An alternative for readers that know less is left out. */
function createRuns() {
  let text = '';
  let inText = false;
  let skipping = 0;
  // `w:tab` inside `w:tabs` is a position, not a character.
  let inTabs = false;
  return {
    open({ name, attribute }: Element): void {
      if (name === 'Fallback' || skipping > 0) skipping += 1;
      else if (name === 't') inText = true;
      else if (name === 'tabs') inTabs = true;
      else if (name === 'footnoteReference') text += `[^${attribute('id') ?? ''}]`;
      else if (name === 'endnoteReference') text += `[^e${attribute('id') ?? ''}]`;
      else if (!inTabs) text += MARKS[name] ?? '';
    },
    close(name: string): void {
      if (skipping > 0) skipping -= 1;
      else if (name === 't') inText = false;
      else if (name === 'tabs') inTabs = false;
    },
    text(characters: string): void {
      if (inText && skipping === 0) text += characters;
    },
    space(): void {
      text += ' ';
    },
    isSkipping: () => skipping > 0,
    take(): string {
      const taken = text;
      text = '';
      return taken;
    },
  };
}
