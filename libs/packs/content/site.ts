import { z } from 'zod';
import { type ContentReads, SITE_ROLES, type Site } from '#content';
import { type Refusal, refuse, timestamp } from '#kernel';

const allowed = (action: string) => z.boolean().describe(`Whether you may ${action}.`);

export const SiteShape = z.strictObject({
  siteId: z.string().describe('Id of the site.'),
  name: z.string().describe('Name of the site.'),
  relationship: z.enum(['owner', 'shared']).describe('Your own site, or one shared with you.'),
  role: z.enum(SITE_ROLES).describe('Your role in it.'),
  accepted: z.boolean().describe('Whether you accepted the invitation to it.'),
  readOnly: z.boolean().describe('Whether nothing in it can be changed at present.'),
  tags: z.array(z.string()).describe('Its tags.'),
  counts: z.strictObject({ files: z.int().describe('Files in it.'), folders: z.int().describe('Folders in it.') }).describe('What it holds, at any depth.'),
  updatedAt: z.string().describe('Last change of anything in it (RFC 3339, UTC).'),
  url: z.string().describe('Page of the site for a signed-in person.'),
  permissions: z
    .strictObject({
      read: allowed('read files'),
      list: allowed('list content'),
      search: allowed('search'),
      upload: allowed('save files'),
      createFolder: allowed('create folders'),
      edit: allowed('edit content'),
      delete: allowed('delete content in the console; no tool does'),
    })
    .describe('What you may do in it.'),
});

export function presentSite(site: Site, reads: Pick<ContentReads, 'urlOf'>): z.infer<typeof SiteShape> {
  return {
    siteId: site.siteId,
    name: site.name,
    relationship: site.relationship,
    role: site.role,
    accepted: site.accepted,
    readOnly: site.readOnly,
    tags: [...site.tags],
    counts: { ...site.counts },
    updatedAt: timestamp(site.updatedAt),
    url: reads.urlOf(site.siteId),
    permissions: { ...site.permissions },
  };
}

/** Said alike of a site that does not exist and of one that this caller may not see. */
export function siteNotFound(): Refusal {
  return refuse('not_found', 'There is no site with this siteId that you may see.');
}
