import { z } from 'zod';
import type { ContentPorts } from '#content';
import { isRefusal } from '#kernel';
import { readTool } from '#tools';
import { folderId, siteId } from './fields.ts';
import { filters, inOrder, passes, sort } from './filters.ts';
import { ItemShape, presentItem } from './item.ts';
import { cursor, limit, nextCursor, pageOf } from './paging.ts';
import { findPlace } from './place.ts';

export default readTool({
  name: 'content_list_content',
  title: 'List content',
  description:
    'Lists the files and folders directly in a site or in one of its folders, with tags, paths, types, sizes, versions and extraction status; never file text. To go deeper, call it again with the folderId of a folder.',
  scope: 'mcp:read',
  confirmation: 'none',
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({
    siteId,
    folderId,
    cursor,
    limit: limit(100),
    includePath: z.boolean().default(true).describe('False: leave out the folders above each entry.'),
    sort,
    ...filters,
  }),
  output: z.strictObject({ items: z.array(ItemShape).describe('Files and folders in the order asked for.'), nextCursor }),

  async answer({ siteId, folderId, includePath, sort, cursor, limit, ...filters }, { reads }: ContentPorts) {
    const place = await findPlace(reads, { siteId, folderId });
    if (isRefusal(place)) return place;
    const children = await reads.listChildren(siteId, place.folder?.contentId ?? null);
    const sorted = children.filter((item) => passes(item, filters)).sort(inOrder(sort));
    const page = pageOf(sorted, { cursor, limit });
    return { ...page, items: page.items.map((item) => withOrWithoutPath(presentItem(item, reads), includePath)) };
  },
});

function withOrWithoutPath(item: ReturnType<typeof presentItem>, includePath: boolean): z.infer<typeof ItemShape> {
  if (includePath) return item;
  const { path: _path, ...rest } = item;
  return rest;
}
