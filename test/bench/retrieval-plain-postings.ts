import type { Pool } from 'pg';

/**
 * The usual way: a row for each term of each chunk, BM25 in one statement. Made from the packed blocks, so that both
 * answer from the same postings; gives how many chunks it found, up to thirty.
 */
export async function plainPostings(pool: Pool, keyed: (text: string) => string[]): Promise<(siteIds: readonly string[], text: string) => Promise<number>> {
  await pool.query('create table plain_postings (site_no int, term bigint, chunk int, frequency smallint, length int)');
  await pool.query(`
    insert into plain_postings
    select site_no, term, block * 1024 + get_byte(postings, at) + 256 * get_byte(postings, at + 1), get_byte(postings, at + 4),
           get_byte(postings, at + 2) + 256 * get_byte(postings, at + 3)
      from search_postings_view, generate_series(0, length(postings) - 5, 5) as at`);
  await pool.query('alter table plain_postings add primary key (site_no, term, chunk)');
  await pool.query('vacuum analyze plain_postings');
  return async (siteIds, text) => {
    const { rows } = await pool.query({ name: 'plain', text: BM25, values: [siteIds, keyed(text)] });
    return rows.length;
  };
}

const BM25 = `
  with searched as (select site_no, chunks, length from search_sites_view where site_id = any ($1::text[])),
  total as (select sum(chunks)::float8 as chunks, sum(length)::float8 / sum(chunks) as mean from searched),
  found as materialized (
    select p.site_no, p.term, p.chunk, p.frequency::float8 as frequency, p.length::float8 as length
      from plain_postings p
     where p.site_no = any (array(select site_no from searched)) and p.term = any ($2::bigint[])),
  weights as (select term, ln(1 + (total.chunks - count(*) + 0.5) / (count(*) + 0.5)) as idf from found, total group by term, total.chunks)
  select f.site_no, f.chunk, sum(w.idf * f.frequency * 2.2 / (f.frequency + 1.2 * (0.25 + 0.75 * f.length / total.mean))) as score
    from found f join weights w using (term), total
   group by f.site_no, f.chunk
   order by score desc, f.site_no, f.chunk
   limit 30`;
