import { z } from 'zod';
import { type ContentReads, type FoundChunk, headingText, joinNeighbours, windowOf } from '#content';
import { isRefusal, sha256Hex } from '#kernel';
import type { Delivery } from '#tools';
import { deliveryOf } from './delivery.ts';
import { type OpenFile, openVersion } from './reading.ts';
import { PartialLine } from './windows.ts';

export const PassageShape = z.strictObject({
  rank: z.int().describe('1 is the nearest to the query.'),
  contentId: z.string().describe('Id of the file.'),
  siteId: z.string().describe('The site it is in.'),
  name: z.string().describe('Its name.'),
  version: z.int().describe('Its current version.'),
  lineStart: z.int().describe('First line given.'),
  lineEnd: z.int().describe('Last line given.'),
  partialLine: PartialLine,
  heading: z.string().nullable().describe('The heading it stands under.'),
  text: z.string().describe('The lines, as in the file.'),
  textSha256: z.string().describe('SHA-256 of text as UTF-8, 64 hex digits.'),
  tokens: z.int().describe('Tokens of text.'),
  url: z.string().describe('Page that shows these lines to a signed-in person.'),
});

/** A passage as it goes out, and the delivery that names it. */
export type GivenPassage = { readonly shown: z.infer<typeof PassageShape>; readonly delivery: Delivery };

/**
 * The chunks with their text, neighbours joined as far as `room` tokens go: files by their best chunk, and within a file
 * by place. Files are opened one after the other, and nothing but what is given of them is kept.
 */
export async function givePassages(reads: ContentReads, chunks: readonly FoundChunk[], room: number): Promise<GivenPassage[]> {
  const byFile = Map.groupBy(chunks, ({ item }) => item.contentId);
  const given: { readonly passage: GivenPassage; readonly best: number }[] = [];
  let left = room;
  for (const ofFile of byFile.values()) {
    const file = await openTextOf(reads, ofFile);
    if (file === null) continue;
    const passages = joinNeighbours(ofFile, file.rendition, left);
    left -= passages.reduce((sum, { tokens }) => sum + tokens, 0) - ofFile.reduce((sum, { tokens }) => sum + tokens, 0);
    given.push(...passages.map((passage) => ({ passage: give(reads, file, passage), best: chunks.indexOf(passage.best) })));
  }
  const order = given.map(({ best }) => best).sort((one, other) => one - other);
  return given.map(({ passage, best }) => ({ ...passage, shown: { ...passage.shown, rank: order.indexOf(best) + 1 } }));
}

async function openTextOf(reads: ContentReads, [first]: readonly FoundChunk[]): Promise<OpenFile | null> {
  const version = first?.item.file?.current;
  if (first === undefined || version === undefined) return null;
  const file = await openVersion(reads, first.item, version);
  return isRefusal(file) ? null : file;
}

function give(reads: ContentReads, file: OpenFile, passage: FoundChunk): GivenPassage {
  const window = windowOf(passage, file.rendition);
  const text = window.text.toString('utf8');
  const textSha256 = sha256Hex(window.text);
  const { contentId, siteId, name } = file.item;
  const { lineStart, lineEnd, partialLine, tokensUsed: tokens } = window;
  const { version } = file.version;
  const url = reads.urlOf(contentId, { version, lineStart, lineEnd });
  const heading = headingText(file.rendition, passage.headingLine);
  return {
    shown: { rank: 0, contentId, siteId, name, version, lineStart, lineEnd, partialLine, heading, text, textSha256, tokens, url },
    delivery: deliveryOf({ file, window, text, textSha256 }),
  };
}
