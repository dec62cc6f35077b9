import type { Sql } from '#event-store';
import { ANALYZER_VERSION } from '../../retrieval/analyzer.ts';
import { CHUNKER_VERSION } from '../../retrieval/chunker.ts';

/** What the code makes; an index says what made it. */
export const INDEX_VERSIONS = [ANALYZER_VERSION, CHUNKER_VERSION];

/** The position up to which the index holds every event. */
export async function indexAsOf(sql: Sql): Promise<number> {
  const { rows } = await sql.query<{ position: string }>('select position from search_index');
  return Number(rows[0]?.position ?? 0);
}

/** As {@link indexAsOf}; and until the transaction ends, nobody else changes the index. */
export async function holdIndex(sql: Sql): Promise<number> {
  await sql.query('insert into search_index (position, analyzer, chunker) values (0, $1, $2) on conflict do nothing', INDEX_VERSIONS);
  const { rows } = await sql.query<{ position: string }>('select position from search_index for update');
  return Number(rows[0]?.position ?? 0);
}
