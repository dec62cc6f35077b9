import { z } from 'zod';
import type { ContentPorts } from '#content';
import { isRefusal } from '#kernel';
import { readTool } from '#tools';
import { filters, passes } from './filters.ts';
import { ItemShape, presentItem } from './item.ts';
import { isOfKind, kind } from './kind.ts';
import { cursor, limit, nextCursor, pageOf } from './paging.ts';
import { siteIds, sitesAsked } from './sites-asked.ts';

const { tags, mimeTypes, updatedSince } = filters;

export default readTool({
  name: 'content_list_recent_content',
  title: 'List recent content',
  description: 'Lists files and folders of all sites you may use, or of some, the latest change first: what is new, what somebody changed. Never file text.',
  scope: 'mcp:read',
  confirmation: 'none',
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({ siteIds, kind, cursor, limit: limit(50), tags, mimeTypes, updatedSince }),
  output: z.strictObject({ items: z.array(ItemShape).describe('Files and folders, the latest change first.'), nextCursor }),

  async answer({ siteIds, kind, cursor, limit, ...filters }, { reads, search }: ContentPorts) {
    const sites = await sitesAsked(reads, siteIds);
    if (isRefusal(sites)) return sites;
    const wanted = Number(cursor ?? 1) * limit + 1;
    const items = await search.listRecent({ siteIds: sites, passes: (item) => isOfKind(item, kind) && passes(item, filters), limit: wanted });
    const page = pageOf(items, { cursor, limit });
    return { ...page, items: page.items.map((item) => presentItem(item, reads)) };
  },
});
