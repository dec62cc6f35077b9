import { z } from 'zod';
import { type ContentItem, type ContentPorts, type ContentReads, NAME_SEARCHES } from '#content';
import { isRefusal, LIMITS, timestamp } from '#kernel';
import { readTool } from '#tools';
import { anyOf } from './fields.ts';
import { isMimeType } from './filters.ts';
import { Path, presentPath } from './item.ts';
import { isOfKind, kind } from './kind.ts';
import { readNameQuery } from './name-query.ts';
import { cursor, limit, nextCursor, pageOf } from './paging.ts';
import { siteIds, sitesAsked } from './sites-asked.ts';

const FoundShape = z.strictObject({
  contentId: z.string().describe('Id of the file or folder.'),
  kind: z.enum(['file', 'folder']).describe('What it is.'),
  name: z.string().describe('Its name.'),
  siteId: z.string().describe('The site it is in.'),
  path: Path,
  contentType: z.string().nullable().describe('Media type of the current version; null for folders.'),
  updatedAt: z.string().describe('Last change (RFC 3339, UTC).'),
  url: z.string().describe('Its page for a signed-in person.'),
  rank: z.int().describe('1 is the best.'),
});

export default readTool({
  name: 'content_search_content',
  title: 'Search content by name',
  description:
    'Finds files and folders by name, best first, in all sites you may use. q may hold conditions: @name:invoice @tag:hr @contentType:application/pdf @extension:csv @path:policies @kind:folder. Never file text; to find passages use content_retrieve_context.',
  scope: 'mcp:read',
  confirmation: 'none',
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({
    q: z.string().min(1).max(LIMITS.nameQueryCharacters).describe('Words of the name, conditions, or both.'),
    siteIds,
    kind,
    searchType: z
      .enum(NAME_SEARCHES)
      .default('hybrid')
      .describe(
        'completion: the last word is unfinished. full-text: any of the words, also in path and tags. hybrid: both or, where nothing is found, small misspellings.',
      ),
    mimeTypes: anyOf.optional().describe('Only files of one of these media types.'),
    cursor,
    limit: limit(50),
  }),
  output: z.strictObject({ items: z.array(FoundShape).describe('Files and folders, best first.'), nextCursor }),

  async answer({ q, siteIds, kind, searchType, mimeTypes, cursor, limit }, { reads, search }: ContentPorts) {
    const sites = await sitesAsked(reads, siteIds);
    if (isRefusal(sites)) return sites;
    const query = readNameQuery(q);
    if (isRefusal(query)) return query;
    const found = await search.findNamed({
      text: query.text,
      search: searchType,
      siteIds: sites,
      passes: (item) => query.holds(item) && isOfKind(item, kind) && (mimeTypes === undefined || isMimeType(item.contentType, mimeTypes)),
      limit: Number(cursor ?? 1) * limit + 1,
    });
    const ranked = found.map((item, at) => present(item, at + 1, reads));
    return pageOf(ranked, { cursor, limit });
  },
});

function present({ contentId, kind, name, siteId, path, file, updatedAt }: ContentItem, rank: number, reads: ContentReads): z.infer<typeof FoundShape> {
  const contentType = file?.current.contentType ?? null;
  return { contentId, kind, name, siteId, path: presentPath(path), contentType, updatedAt: timestamp(updatedAt), url: reads.urlOf(contentId), rank };
}
