import { z } from 'zod';
import type { ContentReads } from '#content';
import { LIMITS, type Refusal } from '#kernel';
import { invalidArgument } from '#tools';
import { siteNotFound } from './site.ts';

export const siteIds = z
  .array(z.string().max(LIMITS.argumentCharacters))
  .max(LIMITS.argumentEntries)
  .optional()
  .describe('Only in these sites, from content_list_sites. Left out: in all you may use.');

/** The sites to look through, null for all; a site that may not be seen is refused as one that does not exist. */
export async function sitesAsked(reads: ContentReads, asked: readonly string[] | undefined): Promise<readonly string[] | null | Refusal> {
  if (asked === undefined) return null;
  if (asked.length === 0) return invalidArgument('siteIds', 'siteIds must name at least one site, or be left out.');
  const known = new Set((await reads.listSites()).map(({ siteId }) => siteId));
  return asked.every((siteId) => known.has(siteId)) ? asked : siteNotFound();
}
