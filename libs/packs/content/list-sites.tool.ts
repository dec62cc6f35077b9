import { z } from 'zod';
import type { ContentPorts } from '#content';
import { readTool } from '#tools';
import { cursor, limit, nextCursor, pageOf } from './paging.ts';
import { presentSite, SiteShape } from './site.ts';

export default readTool({
  name: 'content_list_sites',
  title: 'List sites',
  description: 'Lists the sites you may use, by name, with your role, your permissions and what each holds. Start here: other tools take a siteId.',
  scope: 'mcp:read',
  confirmation: 'none',
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({
    cursor,
    limit: limit(50),
    accepted: z.boolean().default(false).describe('True: only sites whose invitation you accepted.'),
  }),
  output: z.strictObject({ items: z.array(SiteShape).describe('Sites, by name.'), nextCursor }),

  async answer({ accepted, ...asked }, { reads }: ContentPorts) {
    const sites = await reads.listSites();
    const page = pageOf(accepted ? sites.filter((site) => site.accepted) : sites, asked);
    return { ...page, items: page.items.map((site) => presentSite(site, reads)) };
  },
});
