export class NotDurable extends Error {
  override readonly name = 'NotDurable';
}

/** What PostgreSQL must not be told to skip, and what would be lost. The value `off` is the one that breaks the promise. */
const REQUIRED = {
  fsync: 'a power failure could lose or destroy what was acknowledged',
  synchronous_commit: 'a crash could lose what was acknowledged',
  full_page_writes: 'a power failure during a write could destroy pages',
} as const;

export type QuerySettings = (sql: string) => Promise<readonly { readonly name: string; readonly setting: string }[]>;

/**
 * "Recorded before released" holds only where a commit is on disk when it returns.
 * @throws NotDurable naming the setting that makes this database forget.
 */
export async function checkDurability(query: QuerySettings): Promise<void> {
  const names = Object.keys(REQUIRED).map((name) => `'${name}'`);
  const settings = await query(`select name, setting from pg_settings where name in (${names.join(', ')})`);
  for (const [name, loss] of Object.entries(REQUIRED)) {
    const setting = settings.find((row) => row.name === name)?.setting ?? 'unknown';
    if (setting === 'off' || setting === 'unknown') throw new NotDurable(`the database has ${name} = ${setting}: ${loss}; set it to on`);
  }
}
