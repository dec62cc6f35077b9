import type { Sql } from '#event-store';

/** The owners of an organisation, oldest first. */
export async function ownersOf(sql: Sql, organization: string): Promise<readonly string[]> {
  const { rows } = await sql.query<{ user_id: string }>(`select user_id from members_view where organization = $1 and role = 'owner' order by since, user_id`, [
    organization,
  ]);
  return rows.map((row) => row.user_id);
}
