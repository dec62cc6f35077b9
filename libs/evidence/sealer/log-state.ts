import type { Sql } from '#event-store';
import { emptyRoot, type GroupState, type LoadPages, type TreeEdge } from '#ledger';

/** A log as its row has it. */
export type LogState = {
  readonly origin: string;
  readonly edge: TreeEdge;
  readonly root: Buffer;
  readonly mapRoot: Buffer | null;
  /** Position of the last event that is a leaf. */
  readonly sealedThrough: number;
  /** The newest signed note; null while the log is empty. */
  readonly checkpoint: string | null;
};

type LogRow = { origin: string; size: string; edge: Buffer[]; root: Buffer; map_root: Buffer | null; sealed_through: string; checkpoint: string | null };

const READ = 'select origin, size, edge, root, map_root, sealed_through, checkpoint from logs where organization = $1';

/** Null: nothing of this organisation was ever sealed. */
export async function readLog(sql: Sql, organization: string): Promise<LogState | null> {
  return firstLog(await sql.query<LogRow>(READ, [organization]));
}

/** Locks the log's row until the transaction ends, and makes it where it is not there yet. */
export async function lockLog(sql: Sql, organization: string, origin: string): Promise<LogState> {
  const lock = () => sql.query<LogRow>(`${READ} for update`, [organization]).then(firstLog);
  const log = (await lock()) ?? (await create(sql, organization, origin).then(lock));
  if (log?.origin !== origin) throw new Error(`the log of ${organization} is called ${log?.origin}, not ${origin}`);
  return log;
}

async function create(sql: Sql, organization: string, origin: string): Promise<void> {
  await sql.query(`insert into logs (organization, origin, size, edge, root, sealed_through) values ($1, $2, 0, '{}', $3, 0) on conflict do nothing`, [
    organization,
    origin,
    emptyRoot,
  ]);
}

function firstLog({ rows: [row] }: { readonly rows: readonly LogRow[] }): LogState | null {
  if (row === undefined) return null;
  return {
    origin: row.origin,
    edge: { size: Number(row.size), tiles: row.edge },
    root: row.root,
    mapRoot: row.map_root,
    sealedThrough: Number(row.sealed_through),
    checkpoint: row.checkpoint,
  };
}

type GroupRow = { group_id: string; count: string; first: string; last: string; head: Buffer };

/** The state of those groups that have one. */
export async function readGroups(sql: Sql, organization: string, groupIds: readonly string[]): Promise<Map<string, GroupState>> {
  const { rows } = await sql.query<GroupRow>('select group_id, count, first, last, head from log_groups where organization = $1 and group_id = any ($2)', [
    organization,
    groupIds,
  ]);
  return new Map(rows.map((row) => [row.group_id, { count: Number(row.count), first: Number(row.first), last: Number(row.last), head: row.head }]));
}

export function readMapPages(sql: Sql, organization: string): LoadPages {
  return async (prefixes) => {
    const { rows } = await sql.query<{ prefix: string; page: Buffer }>('select prefix, page from log_map_pages where organization = $1 and prefix = any ($2)', [
      organization,
      prefixes,
    ]);
    return new Map(rows.map(({ prefix, page }) => [prefix, page]));
  };
}
