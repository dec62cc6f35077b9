import type { Sql } from '#event-store';
import { packPostings, withoutChunks } from '../../retrieval/posting-blocks.ts';
import { addressOf, type ChunkRange, type ChunkRow, type IndexChanges, type PostingKey, removePostings } from './index-changes.ts';

/** Rows that go into one statement. */
const ROWS_AT_A_TIME = 5_000;

const READ_BLOCKS = `
  select p.site_no, p.term, p.block, p.postings
    from unnest($1::int[], $2::bigint[], $3::int[]) as wanted (site_no, term, block)
    join search_postings_view p using (site_no, term, block)`;

const DELETE_BLOCKS = `
  delete from search_postings_view p using unnest($1::int[], $2::bigint[], $3::int[]) as gone (site_no, term, block)
   where p.site_no = gone.site_no and p.term = gone.term and p.block = gone.block`;

const REPLACE_BLOCKS = `
  update search_postings_view p set postings = new.postings
    from unnest($1::int[], $2::bigint[], $3::int[], $4::bytea[]) as new (site_no, term, block, postings)
   where p.site_no = new.site_no and p.term = new.term and p.block = new.block`;

const APPEND_BLOCKS = `
  insert into search_postings_view as p (site_no, term, block, postings)
  select * from unnest($1::int[], $2::bigint[], $3::int[], $4::bytea[])
  on conflict (site_no, term, block) do update set postings = p.postings || excluded.postings`;

const INSERT_CHUNKS = `
  insert into search_chunks_view (site_no, chunk, content_id, line_start, line_end, byte_start, byte_end, tokens, heading_line, fingerprint)
  select * from unnest($1::int[], $2::int[], $3::text[], $4::int[], $5::int[], $6::int[], $7::int[], $8::int[], $9::int[], $10::bigint[])`;

type Block = PostingKey & { readonly postings: Buffer };
type BlockRow = { site_no: number; term: string; block: number; postings: Buffer };

/** Writes what was gathered: blocks that lose postings are read, and get their new ones in the same step; all others grow at their end. */
export async function writeChanges({ chunks, added, removed }: IndexChanges, sql: Sql): Promise<void> {
  const changed: Block[] = [];
  for (const some of portions([...removed.values()])) {
    const { rows } = await sql.query<BlockRow>(READ_BLOCKS, keyColumns(some));
    for (const row of rows) {
      const key = { site: row.site_no, term: row.term, block: row.block };
      const at = addressOf(key);
      const kept = (removed.get(at)?.ranges ?? []).reduce((packed, range) => withoutChunks(packed, row.block, range), row.postings);
      changed.push({ ...key, postings: Buffer.concat([kept, packPostings(added.get(at)?.postings ?? [])]) });
    }
  }
  const rewritten = new Set(changed.map(addressOf));
  const grown = [...added.entries()].filter(([at]) => !rewritten.has(at)).map(([, { postings, ...key }]) => ({ ...key, postings: packPostings(postings) }));

  for (const some of portions(changed.filter(({ postings }) => postings.length === 0))) await sql.query(DELETE_BLOCKS, keyColumns(some));
  for (const some of portions(changed.filter(({ postings }) => postings.length > 0))) await sql.query(REPLACE_BLOCKS, blockColumns(some));
  for (const some of portions(grown)) await sql.query(APPEND_BLOCKS, blockColumns(some));
  for (const some of portions(chunks)) await sql.query(INSERT_CHUNKS, chunkColumns(some));
}

const ALL_BLOCKS = 'select term, block from search_postings_view where site_no = $1 and block between $2 and $3';

/** Takes chunks out of every block that may hold them: slow, for a text that can no longer be read. */
export async function removeBlocks(changes: IndexChanges, site: number, range: ChunkRange, blocks: { from: number; to: number }, sql: Sql): Promise<void> {
  const { rows } = await sql.query<{ term: string; block: number }>(ALL_BLOCKS, [site, blocks.from, blocks.to]);
  for (const { term, block } of rows) removePostings(changes, { site, term, block }, range);
}

function keyColumns(keys: readonly PostingKey[]): unknown[] {
  return [keys.map(({ site }) => site), keys.map(({ term }) => term), keys.map(({ block }) => block)];
}

function blockColumns(blocks: readonly Block[]): unknown[] {
  return [...keyColumns(blocks), blocks.map(({ postings }) => postings)];
}

function chunkColumns(rows: readonly ChunkRow[]): unknown[] {
  const column = <Name extends keyof ChunkRow>(name: Name) => rows.map((row) => row[name]);
  const names = ['site', 'chunk', 'contentId', 'lineStart', 'lineEnd', 'byteStart', 'byteEnd', 'tokens', 'headingLine', 'fingerprint'] as const;
  return names.map(column);
}

function* portions<Row>(rows: readonly Row[]): Generator<readonly Row[]> {
  for (let from = 0; from < rows.length; from += ROWS_AT_A_TIME) yield rows.slice(from, from + ROWS_AT_A_TIME);
}
