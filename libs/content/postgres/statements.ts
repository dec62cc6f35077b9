/**
 * The reads of the content tree. `$1` is always the organisation and `$2` the sites the caller may read: what lies
 * elsewhere is not found, whatever its id. Names come as the vault's ciphertext, in the same snapshot.
 */
export type Statement = { readonly name: string; readonly text: string };

export type SiteRow = { site_id: string; files: number; folders: number; updated_at: string; name_row: Buffer };

export type VersionRow = {
  version: number;
  version_created_at: string;
  size: string;
  extraction: string;
  extractor_name: string | null;
  extractor_version: string | null;
  rendition: string | null;
  total_lines: number | null;
  details_row: Buffer;
};

/** The columns of a version are null for a folder. */
export type ItemRow = {
  content_id: string;
  kind: 'file' | 'folder';
  site_id: string;
  container_id: string;
  path: string[];
  revision: number;
  created_at: string;
  updated_at: string;
  name_row: Buffer;
  path_rows: (Buffer | null)[];
} & (VersionRow | { [Column in keyof VersionRow]: null });

const vault = (row: string, id: string) => `items_vault ${row} on ${row}.organization = $1 and ${row}.kind = 'name' and ${row}.id = ${id}`;

const VERSION = `v.version, v.created_at as version_created_at, v.size, v.extraction, v.extractor_name, v.extractor_version, v.rendition, v.total_lines,
         details.ciphertext as details_row`;

const sites = (condition: string) => `
  select s.site_id, s.files, s.folders, s.updated_at, named.ciphertext as name_row
    from sites_view s
    join ${vault('named', 's.site_id')}
   where s.organization = $1 and s.site_id = any ($2::text[]) ${condition}`;

const items = (condition: string) => `
  select c.content_id, c.kind, c.site_id, c.container_id, c.path, c.revision, c.created_at, c.updated_at, named.ciphertext as name_row,
         array(select above.ciphertext
                 from unnest(c.path) with ordinality as folder (id, depth)
                 left join ${vault('above', 'folder.id')}
                order by folder.depth) as path_rows,
         ${VERSION}
    from contents_view c
    join ${vault('named', 'c.content_id')}
    left join versions_view v on v.content_id = c.content_id and v.version = c.version
    left join ${vault('details', "c.content_id || '@' || c.version")}
   where c.organization = $1 and c.site_id = any ($2::text[]) and (c.kind = 'folder' or details.id is not null) and ${condition}`;

export const SITES: Statement = { name: 'content: sites', text: sites('') };
export const SITE: Statement = { name: 'content: site', text: sites('and s.site_id = $3') };
export const ITEM: Statement = { name: 'content: item', text: items('c.content_id = $3') };
export const CHILDREN: Statement = { name: 'content: children', text: `${items('c.container_id = $3')} order by c.content_id` };

export const VERSIONS: Statement = {
  name: 'content: versions',
  text: `
  select ${VERSION}
    from contents_view c
    join versions_view v on v.content_id = c.content_id
    join ${vault('details', "c.content_id || '@' || v.version")}
   where c.organization = $1 and c.site_id = any ($2::text[]) and c.content_id = $3
   order by v.version desc`,
};

export const SITE_IDS: Statement = { name: 'content: site ids', text: 'select site_id from sites_view where organization = $1 order by site_id' };
