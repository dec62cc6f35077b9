import { z } from 'zod';
import type { ContentPorts } from '#content';
import { readTool } from '#tools';
import { siteId } from './fields.ts';
import { presentSite, SiteShape, siteNotFound } from './site.ts';

export default readTool({
  name: 'content_get_site_metadata',
  title: 'Get site metadata',
  description: 'Shows one site: your role and permissions, whether it is read-only, its tags and counts. Lists no content.',
  scope: 'mcp:read',
  confirmation: 'none',
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({ siteId }),
  output: SiteShape,

  async answer({ siteId }, { reads }: ContentPorts) {
    const site = await reads.findSite(siteId);
    return site === null ? siteNotFound() : presentSite(site, reads);
  },
});
