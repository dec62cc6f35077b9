import { createHash } from 'node:crypto';
import type { Sql } from '#event-store';

/** SHA-256 over all rows of some tables, whatever order they are stored in: equal exactly if the rows are. `schema`: null where it is the usual one. */
export async function viewHash(sql: Sql, tables: readonly string[], schema: string | null = null): Promise<string> {
  const all = createHash('sha256');
  for (const table of tables) all.update(`${table} ${await tableHash(sql, schema === null ? table : `${schema}.${table}`)}\n`);
  return all.digest('hex');
}

async function tableHash(sql: Sql, table: string): Promise<string> {
  const { rows } = await sql.query<{ hash: string }>(
    `select encode(sha256(coalesce(string_agg(row_hash, '' order by row_hash), '')), 'hex') as hash
       from (select sha256(convert_to(to_jsonb(t)::text, 'UTF8')) as row_hash from ${table} t) as hashed`,
  );
  return rows[0]?.hash ?? '';
}
