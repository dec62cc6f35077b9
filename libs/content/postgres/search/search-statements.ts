import type { Statement } from '../statements.ts';

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
