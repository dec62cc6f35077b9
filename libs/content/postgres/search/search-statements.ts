import { named, type Statement } from '../statements.ts';

/**
 * The reads of the search index. As in the content tree `$1` is the organisation and `$2` the sites the caller may
 * read, here those of them that are searched: no row of another site is read, so none can count.
 */
const searchedSites = 's.organization = $1 and s.site_id = any ($2::text[])';

export type StatisticsRow = { site_no: number; chunks: number; length: number };
export const STATISTICS: Statement = {
  name: 'search: statistics',
  text: `select s.site_no, s.chunks, s.length::float8 as length from search_sites_view s where ${searchedSites}`,
};

export type PostingsRow = { site_no: number; term: string; block: number; postings: Buffer };
export const POSTINGS: Statement = {
  name: 'search: postings',
  text: `
  select p.site_no, p.term, p.block, p.postings
    from search_postings_view p
   where p.site_no = any (array(select s.site_no from search_sites_view s where ${searchedSites})) and p.term = any ($3::bigint[])`,
};

export type FoundRow = {
  site_no: number;
  chunk: number;
  content_id: string;
  version: number;
  ordinal: number;
  line_start: number;
  line_end: number;
  byte_start: number;
  byte_end: number;
  tokens: number;
  heading_line: number | null;
  fingerprint: string;
};
export const CHUNKS: Statement = {
  name: 'search: chunks',
  text: `
  select k.site_no, k.chunk, k.content_id, f.version, k.chunk - f.first_chunk as ordinal,
         k.line_start, k.line_end, k.byte_start, k.byte_end, k.tokens, k.heading_line, k.fingerprint
    from unnest($3::int[], $4::int[]) with ordinality as ranked (site_no, chunk, rank)
    join search_chunks_view k on k.site_no = ranked.site_no and k.chunk = ranked.chunk
    join search_files_view f on f.content_id = k.content_id
    join search_sites_view s on s.site_no = k.site_no
   where ${searchedSites}
   order by ranked.rank`,
};

/**
 * Files without a text in the index, and those with a newer version than it holds: their last change comes after what
 * the index has followed so far.
 */
export const NOT_INDEXED: Statement = {
  name: 'search: not indexed',
  text: `
  select (select coalesce(sum(t.files), 0) from sites_view t where t.organization = $1 and t.site_id = any ($2::text[]))
       - (select coalesce(sum(s.files), 0) from search_sites_view s where ${searchedSites})
       + (select count(*)
            from contents_view c
            join search_files_view f on f.content_id = c.content_id
           where c.organization = $1 and c.site_id = any ($2::text[]) and c.position > (select coalesce(max(position), 0) from search_index)
             and c.version > f.version and f.rendition is not null) as files`,
};

export type NamesRow = {
  content_id: string;
  kind: 'file' | 'folder';
  container_id: string;
  version: number | null;
  position: string;
  updated_at: string;
  name_row: Buffer | null;
  details_row: Buffer | null;
};
/** What has changed in one site after a position. */
export const NAMES: Statement = {
  name: 'search: names',
  text: `
  select c.content_id, c.kind, c.container_id, c.version, c.position, c.updated_at, ${named('c.content_id')} as name_row,
         ${named("c.content_id || '@' || c.version")} as details_row
    from contents_view c
   where c.organization = $1 and c.site_id = any ($2::text[]) and c.site_id = $3 and c.position > $4`,
};

export type RecentRow = { content_id: string; position: string };
/** A page of each site, then of all: however many items a site has, no more are read. */
export const RECENT: Statement = {
  name: 'search: recent',
  text: `
  select c.content_id, c.position
    from unnest($2::text[]) as site (id)
   cross join lateral (
         select content_id, position from contents_view
          where organization = $1 and site_id = site.id and position < $3
          order by position desc limit $4) c
   order by c.position desc limit $4`,
};
