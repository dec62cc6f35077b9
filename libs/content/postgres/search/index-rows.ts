import type { Sql } from '#event-store';

/** Rows of the index that are read before and written after its postings change. `bigint` arrives as text. */

export type SiteRow = { site_no: number; site_id: string; next_chunk: number; files: number; chunks: number; length: number };

/** A file, and what of it is indexed so far; `version` is null where the index has not met it. */
export type FileRow = {
  readonly content_id: string;
  readonly site_id: string;
  readonly name_row: Buffer | null;
  readonly version: number | null;
  readonly rendition: string | null;
  readonly first_chunk: number;
  readonly chunks: number;
  readonly length: number;
};

export type IndexedFile = {
  readonly contentId: string;
  readonly site: number;
  readonly version: number;
  readonly rendition: string | null;
  readonly firstChunk: number;
  readonly chunks: number;
  readonly length: number;
};

const INSERT_SITE = `
  insert into search_sites_view (site_no, site_id, organization, next_chunk, files, chunks, length)
  select coalesce(max(site_no), 0) + 1, $1, $2, 0, 0, 0, 0 from search_sites_view`;

const FILES = `
  select c.content_id, c.site_id, f.version, f.rendition, coalesce(f.first_chunk, 0) as first_chunk, coalesce(f.chunks, 0) as chunks,
         coalesce(f.length, 0)::float8 as length,
         (select ciphertext from items_vault v where v.organization = c.organization and v.kind = 'name' and v.id = c.content_id) as name_row
    from contents_view c
    left join search_files_view f on f.content_id = c.content_id
   where c.content_id = any ($1::text[])`;

const SITES = 'select site_no, site_id, next_chunk, files, chunks, length::float8 as length from search_sites_view where site_id = any ($1::text[])';

const SAVE_FILES = `
  insert into search_files_view (content_id, site_no, version, rendition, first_chunk, chunks, length)
  select * from unnest($1::text[], $2::int[], $3::int[], $4::text[], $5::int[], $6::int[], $7::bigint[])
  on conflict (content_id) do update
    set version = excluded.version, rendition = excluded.rendition, first_chunk = excluded.first_chunk, chunks = excluded.chunks, length = excluded.length`;

const SAVE_SITES = `
  update search_sites_view s set next_chunk = new.next_chunk, files = new.files, chunks = new.chunks, length = new.length
    from unnest($1::int[], $2::int[], $3::int[], $4::int[], $5::bigint[]) as new (site_no, next_chunk, files, chunks, length)
   where s.site_no = new.site_no`;

const DELETE_CHUNKS = `
  delete from search_chunks_view k using search_files_view f
   where f.content_id = any ($1::text[]) and k.site_no = f.site_no and k.chunk >= f.first_chunk and k.chunk < f.first_chunk + f.chunks`;

export async function insertSite(sql: Sql, siteId: string, organization: string): Promise<void> {
  await sql.query(INSERT_SITE, [siteId, organization]);
}

/** By content id. */
export async function readFiles(sql: Sql, contentIds: readonly string[]): Promise<ReadonlyMap<string, FileRow>> {
  const { rows } = await sql.query<FileRow>(FILES, [contentIds]);
  return new Map(rows.map((row) => [row.content_id, row]));
}

/** By site id. */
export async function readSites(sql: Sql, files: Iterable<FileRow>): Promise<ReadonlyMap<string, SiteRow>> {
  const { rows } = await sql.query<SiteRow>(SITES, [[...new Set([...files].map(({ site_id }) => site_id))]]);
  return new Map(rows.map((row) => [row.site_id, row]));
}

/** The chunks that these files have in the index so far. */
export async function deleteChunks(sql: Sql, contentIds: readonly string[]): Promise<void> {
  await sql.query(DELETE_CHUNKS, [contentIds]);
}

export async function writeFiles(sql: Sql, files: readonly IndexedFile[]): Promise<void> {
  const column = <Name extends keyof IndexedFile>(name: Name) => files.map((file) => file[name]);
  const names = ['contentId', 'site', 'version', 'rendition', 'firstChunk', 'chunks', 'length'] as const;
  await sql.query(SAVE_FILES, names.map(column));
}

export async function writeSites(sql: Sql, sites: Iterable<SiteRow>): Promise<void> {
  const rows = [...sites];
  const column = <Name extends keyof SiteRow>(name: Name) => rows.map((row) => row[name]);
  const names = ['site_no', 'next_chunk', 'files', 'chunks', 'length'] as const;
  await sql.query(SAVE_SITES, names.map(column));
}
