import type { Pool } from 'pg';
import type { SciFact } from './scifact.ts';

/** Whole documents, words as they are: no stems, no stop words, no weight on titles. k1 1.2, b .75. */
export function plainBm25({ documents }: SciFact): (query: string) => string[] {
  const words = (text: string) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const postings = new Map<string, Map<number, number>>();
  const lengths = documents.map(({ title, text }, document) => {
    const all = words(`${title} ${text}`);
    for (const word of all) {
      const of = postings.get(word) ?? new Map<number, number>();
      postings.set(word, of.set(document, (of.get(document) ?? 0) + 1));
    }
    return all.length;
  });
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  return (query) => {
    const scores = new Map<number, number>();
    for (const word of words(query)) {
      const of = postings.get(word) ?? new Map<number, number>();
      const idf = Math.log(1 + (documents.length - of.size + 0.5) / (of.size + 0.5));
      for (const [document, frequency] of of) {
        const norm = 1.2 * (0.25 + (0.75 * (lengths[document] ?? 0)) / mean);
        scores.set(document, (scores.get(document) ?? 0) + (idf * frequency * 2.2) / (frequency + norm));
      }
    }
    const best = [...scores].sort(([a, x], [b, y]) => y - x || a - b).slice(0, 100);
    return best.map(([document]) => documents[document]?.id ?? '');
  };
}

/** PostgreSQL's own full text search: English dictionary, titles weighted A, `ts_rank_cd` with length normalisation, any word may match. */
export async function postgresRanking(pool: Pool, { documents }: SciFact): Promise<(query: string) => Promise<string[]>> {
  await pool.query('create table documents (id text, words tsvector)');
  await pool.query(
    `insert into documents select id, setweight(to_tsvector('english', title), 'A') || to_tsvector('english', text)
       from unnest($1::text[], $2::text[], $3::text[]) as d (id, title, text)`,
    [documents.map(({ id }) => id), documents.map(({ title }) => title), documents.map(({ text }) => text)],
  );
  await pool.query('create index on documents using gin (words)');
  await pool.query('analyze documents');
  return async (query) => {
    const { rows } = await pool.query<{ id: string }>(
      `select id from documents, (select replace(plainto_tsquery('english', $1)::text, ' & ', ' | ')::tsquery as any_word) q
        where words @@ any_word order by ts_rank_cd(words, any_word, 1) desc, id limit 100`,
      [query],
    );
    return rows.map(({ id }) => id);
  };
}
