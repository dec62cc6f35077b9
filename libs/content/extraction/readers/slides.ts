import type { Markdown } from './markdown.ts';
import { openPackage, type Package, partOfType } from './open-xml.ts';
import type { Reader } from './reader.ts';
import { createTables } from './tables.ts';
import type { XmlHandler } from './xml.ts';

/** PresentationML (ECMA-376 part 1, 19): slides in the order they are shown, each with its title, texts, tables and notes. */
export const readSlides: Reader = async (bytes, out) => {
  const show = await openPackage(bytes);
  const relations = await show.relations(show.main);
  const slides = await slideOrder(show);
  for (const [index, relation] of slides.entries()) {
    const part = relations.get(relation)?.part;
    if (part !== undefined) await readSlide(show, part, index + 1, out);
  }
  return { pages: slides.length, incomplete: null };
};

async function slideOrder(show: Package): Promise<readonly string[]> {
  const order: string[] = [];
  await show.read(show.main, {
    open({ name, relation }) {
      if (name === 'sldId' && relation !== null) order.push(relation);
    },
  });
  return order;
}

async function readSlide(show: Package, part: string, number: number, out: Markdown): Promise<void> {
  const title = await titleOf(show, part);
  out.heading(2, title === '' ? `Slide ${number}` : `Slide ${number}: ${title}`);
  await show.read(
    part,
    shapes(out, (kind) => !TITLES.has(kind) && !FURNITURE.has(kind)),
  );
  const notes = partOfType(await show.relations(part), 'notesSlide');
  if (notes === null) return;
  const written = await textOf(show, notes, (kind) => kind === 'body');
  if (written.trim() !== '') out.paragraph(`Notes: ${written.trim()}`);
}

const TITLES: ReadonlySet<string> = new Set(['title', 'ctrTitle']);
/** On every slide alike. */
const FURNITURE: ReadonlySet<string> = new Set(['sldNum', 'dt', 'ftr', 'hdr', 'sldImg']);
/** Placeholders whose paragraphs are points, unless they say otherwise. */
const POINTS: ReadonlySet<string> = new Set(['body', 'obj', 'outline']);

async function titleOf(show: Package, part: string): Promise<string> {
  return (await textOf(show, part, (kind) => TITLES.has(kind))).replaceAll('\n', ' ').trim();
}

/** The paragraphs of some shapes, one a line. */
async function textOf(show: Package, part: string, wanted: (kind: string) => boolean): Promise<string> {
  const lines: string[] = [];
  await show.read(
    part,
    paragraphs(wanted, ({ text }) => lines.push(text)),
  );
  return lines.join('\n');
}

type Paragraph = { readonly text: string; readonly level: number; readonly kind: string; readonly bullet: boolean };

/** A shape's `kind` is that of its placeholder: `obj` where it does not say, `''` for a shape that is none. */
function paragraphs(wanted: (kind: string) => boolean, take: (paragraph: Paragraph) => void): XmlHandler {
  let kind = '';
  let text = '';
  let level = 0;
  let bullet: boolean | null = null;
  let inText = false;
  return {
    open({ name, attribute }) {
      if (name === 'sp' || name === 'graphicFrame') kind = '';
      if (name === 'ph') kind = attribute('type') ?? 'obj';
      if (name === 'p') [text, level, bullet] = ['', 0, null];
      if (name === 'pPr') level = Number(attribute('lvl') ?? 0) || 0;
      if (name === 'buNone') bullet = false;
      if (name === 'buChar' || name === 'buAutoNum') bullet = true;
      if (name === 'br') text += '\n';
      inText = name === 't';
    },
    close(name) {
      inText = false;
      if (name === 'p' && wanted(kind)) take({ text, level, kind, bullet: bullet ?? POINTS.has(kind) });
    },
    text(characters) {
      if (inText) text += characters;
    },
  };
}

function shapes(out: Markdown, wanted: (kind: string) => boolean): XmlHandler {
  const tables = createTables(out);
  const texts = paragraphs(wanted, ({ text, level, bullet }) => {
    if (tables.isOpen()) tables.write(text);
    else if (bullet) out.item(level, text);
    else out.paragraph(text);
  });
  return {
    open(element) {
      if (element.name === 'tbl') tables.open();
      if (element.name === 'tr') tables.openRow();
      if (element.name === 'tc') tables.openCell();
      texts.open?.(element);
    },
    close(name) {
      texts.close?.(name);
      if (name === 'tr') tables.closeRow();
      if (name === 'tbl') tables.close();
    },
    text: (characters) => texts.text?.(characters),
  };
}
