/**
 * The reads of the content tree. `$1` is always the organisation and `$2` the sites the caller may read: what lies
 * elsewhere is not found, whatever its id. Names come as the vault's ciphertext, in the same snapshot; null where erased.
 */
export type Statement = { readonly name: string; readonly text: string };

export type SiteRow = { site_id: string; files: number; folders: number; updated_at: string; name_row: Buffer | null };

export type VersionRow = {
  version: number;
  version_created_at: string;
  size: string;
  extraction: string;
  extractor_name: string | null;
  extractor_version: string | null;
  rendition: string | null;
  total_lines: number | null;
  details_row: Buffer | null;
};

type ItemColumns = {
  content_id: string;
  kind: 'file' | 'folder';
  site_id: string;
  container_id: string;
  path: string[];
  revision: number;
  created_at: string;
  updated_at: string;
  name_row: Buffer | null;
  site_name_row: Buffer | null;
  path_rows: (Buffer | null)[];
};

/** The columns of a version are null for a folder. */
export type ItemRow = ItemColumns & (VersionRow | { [Column in keyof VersionRow]: null });

/**
 * The vault row of an id. A subquery, not a join: then it is one look-up by the whole key in any plan, also in one made
 * while the tables were empty or just filled and nothing is known of them.
 */
export const named = (id: string) => `(select ciphertext from items_vault where organization = $1 and kind = 'name' and id = ${id})`;

const VERSION = `v.version, v.created_at as version_created_at, v.size, v.extraction, v.extractor_name, v.extractor_version, v.rendition, v.total_lines,
         ${named("c.content_id || '@' || v.version")} as details_row`;

const sites = (condition: string) => `
  select s.site_id, s.files, s.folders, s.updated_at, ${named('s.site_id')} as name_row
    from sites_view s
   where s.organization = $1 and s.site_id = any ($2::text[]) ${condition}`;

const items = (condition: string) => `
  select c.content_id, c.kind, c.site_id, c.container_id, c.path, c.revision, c.created_at, c.updated_at,
         ${named('c.content_id')} as name_row, ${named('c.site_id')} as site_name_row,
         array(select ${named('folder.id')} from unnest(c.path) with ordinality as folder (id, depth) order by folder.depth) as path_rows,
         ${VERSION}
    from contents_view c
    left join versions_view v on v.content_id = c.content_id and v.version = c.version
   where c.organization = $1 and c.site_id = any ($2::text[]) and ${condition}`;

export const SITES: Statement = { name: 'content: sites', text: sites('') };
export const SITE: Statement = { name: 'content: site', text: sites('and s.site_id = $3') };
export const ITEM: Statement = { name: 'content: item', text: items('c.content_id = $3') };
export const CHILDREN: Statement = { name: 'content: children', text: `${items('c.container_id = $3')} order by c.content_id` };

export const ITEMS: Statement = { name: 'content: items', text: items('c.content_id = any ($3::text[])') };

export const VERSIONS: Statement = {
  name: 'content: versions',
  text: `
  select ${VERSION}
    from contents_view c
    join versions_view v on v.content_id = c.content_id
   where c.organization = $1 and c.site_id = any ($2::text[]) and c.content_id = $3
   order by v.version desc`,
};
