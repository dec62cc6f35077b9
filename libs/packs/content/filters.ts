import { z } from 'zod';
import type { ContentItem } from '#content';
import { anyOf, instant, shortText } from './fields.ts';

/** What narrows a list; all that are given must hold (L-CI-3). */
export const filters = {
  updatedSince: instant.optional().describe('Only what changed after this time.'),
  startsWith: shortText.optional().describe('Only names that begin so; case does not matter.'),
  tags: anyOf.optional().describe('Only what has at least one of these tags.'),
  mimeTypes: anyOf.optional().describe('Only files of one of these media types; folders stay.'),
};

export type Filters = z.infer<z.ZodObject<typeof filters>>;

export function passes(item: ContentItem, { updatedSince, startsWith, tags, mimeTypes }: Filters): boolean {
  return (
    (updatedSince === undefined || item.updatedAt > Date.parse(updatedSince)) &&
    (startsWith === undefined || folded(item.name).startsWith(folded(startsWith))) &&
    (tags === undefined || tags.some((tag) => item.tags.includes(tag))) &&
    (mimeTypes === undefined || item.file === null || isMimeType(item.file.current.contentType, mimeTypes))
  );
}

/** Whether it is one of these media types; nothing is where there is none. */
export function isMimeType(contentType: string | null, mimeTypes: readonly string[]): boolean {
  return contentType !== null && mimeTypes.some((type) => essence(type) === essence(contentType));
}

export const sort = z
  .strictObject({
    field: z.enum(['name', 'updatedAt', 'size']).describe('What to sort by; folders have size 0.'),
    direction: z.enum(['asc', 'desc']).default('asc').describe('Rising or falling.'),
  })
  .default({ field: 'name', direction: 'asc' })
  .describe('Order of the list; equals stand by id.');

/** A total order, so that pages neither repeat nor skip. */
export function inOrder({ field, direction }: z.infer<typeof sort>): (a: ContentItem, b: ContentItem) => number {
  const sign = direction === 'asc' ? 1 : -1;
  return (a, b) => sign * BY[field](a, b) || compare(a.contentId, b.contentId);
}

const BY: Readonly<Record<z.infer<typeof sort>['field'], (a: ContentItem, b: ContentItem) => number>> = {
  name: (a, b) => compare(folded(a.name), folded(b.name)),
  updatedAt: (a, b) => a.updatedAt - b.updatedAt,
  size: (a, b) => sizeOf(a) - sizeOf(b),
};

function sizeOf({ file }: ContentItem): number {
  return file?.current.size ?? 0;
}

/** By code units: the same order on every machine, whatever its locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function folded(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/** A media type without its parameters (RFC 9110, 8.3.1). */
export function essence(mediaType: string): string {
  return (mediaType.split(';')[0] ?? '').trim().toLowerCase();
}
