import type { Sql } from '#event-store';
import { encodePage, type GroupState, isGroupOfOne, type Sealed } from '#ledger';
import type { RecordToSeal } from './records-to-seal.ts';

export type SealedBatch = {
  /** Size of the tree that the batch was read for. */
  readonly before: number;
  readonly records: readonly RecordToSeal[];
  readonly groupsBefore: ReadonlyMap<string, GroupState>;
  readonly sealed: Sealed;
  readonly checkpoint: string;
  /** Unix milliseconds. */
  readonly sealedAt: number;
};

/** Writes everything a seal changes; the log's row last, and only where its size is still what was read. */
export async function writeSealed(sql: Sql, organization: string, batch: SealedBatch): Promise<void> {
  const { sealed } = batch;
  await writeLeaves(sql, organization, batch);
  await sql.query('insert into log_leaves (organization, index, leaf_hash, map_leaf) values ($1, $2, $3, $4)', [
    organization,
    sealed.mapLeaf.index,
    sealed.mapLeaf.leafHash,
    sealed.mapLeaf.leaf,
  ]);
  await writeTiles(sql, organization, sealed);
  await writeGroups(sql, organization, sealed);
  await writeMapPages(sql, organization, sealed);
  await sql.query('insert into log_checkpoints (organization, size, note, sealed_at) values ($1, $2, $3, $4)', [
    organization,
    sealed.edge.size,
    batch.checkpoint,
    batch.sealedAt,
  ]);
  await updateLog(sql, organization, batch);
}

// Hashes travel as one value and are cut in SQL: an array would send and parse every byte as two.
const LEAVES = `
  insert into log_leaves (organization, index, position, record_id, group_id, group_seq, group_prev, leaf_hash)
  select $1, $2::bigint + place - 1, position, record_id, group_id, group_seq,
         case when group_seq > 1 then substring($7::bytea from (place::int - 1) * 32 + 1 for 32) end,
         substring($8::bytea from (place::int - 1) * 32 + 1 for 32)
    from unnest($3::bigint[], $4::uuid[], $5::text[], $6::bigint[]) with ordinality as sealed (position, record_id, group_id, group_seq, place)`;

async function writeLeaves(sql: Sql, organization: string, { before, records, groupsBefore, sealed }: SealedBatch): Promise<void> {
  await sql.query(LEAVES, [
    organization,
    before,
    records.map(({ position }) => position),
    records.map(({ recordId }) => recordId),
    records.map(({ groupId }) => (isGroupOfOne(groupId) ? null : groupId)),
    sealed.records.map(({ groupSeq }) => groupSeq),
    Buffer.concat(previousLeafHashes(sealed, groupsBefore)),
    Buffer.concat(sealed.records.map(({ leafHash }) => leafHash)),
  ]);
}

const NO_HASH = Buffer.alloc(32);

/** Of each record: the leaf hash of the record before it in its group. */
function previousLeafHashes(sealed: Sealed, groupsBefore: ReadonlyMap<string, GroupState>): Buffer[] {
  const heads = new Map([...groupsBefore].map(([groupId, { head }]) => [groupId, head]));
  return sealed.records.map(({ groupId, leafHash }) => {
    const previous = heads.get(groupId) ?? NO_HASH;
    heads.set(groupId, leafHash);
    return previous;
  });
}

async function writeTiles(sql: Sql, organization: string, { completeTiles }: Sealed): Promise<void> {
  for (const { level, index, hashes } of completeTiles) {
    await sql.query('insert into log_tiles (organization, level, index, hashes) values ($1, $2, $3, $4)', [organization, level, index, hashes]);
  }
}

const GROUPS = `
  insert into log_groups (organization, group_id, count, first, last, head)
  select $1, group_id, count, first, last, substring($6::bytea from (place::int - 1) * 32 + 1 for 32)
    from unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[]) with ordinality as changed (group_id, count, first, last, place)
  on conflict (organization, group_id) do update set count = excluded.count, last = excluded.last, head = excluded.head`;

async function writeGroups(sql: Sql, organization: string, { groups }: Sealed): Promise<void> {
  const states = [...groups.values()];
  await sql.query(GROUPS, [
    organization,
    [...groups.keys()],
    states.map(({ count }) => count),
    states.map(({ first }) => first),
    states.map(({ last }) => last),
    Buffer.concat(states.map(({ head }) => head)),
  ]);
}

const MAP_PAGES = `
  insert into log_map_pages (organization, prefix, page)
  select $1, prefix, substring($4::bytea from coalesce(sum(length) over before, 0)::int + 1 for length)
    from unnest($2::text[], $3::int[]) with ordinality as changed (prefix, length, place)
  window before as (order by place rows between unbounded preceding and 1 preceding)
  on conflict (organization, prefix) do update set page = excluded.page`;

async function writeMapPages(sql: Sql, organization: string, { changedPages }: Sealed): Promise<void> {
  const pages = [...changedPages.values()].map(encodePage);
  await sql.query(MAP_PAGES, [organization, [...changedPages.keys()], pages.map(({ length }) => length), Buffer.concat(pages)]);
}

async function updateLog(sql: Sql, organization: string, { before, records, sealed, checkpoint }: SealedBatch): Promise<void> {
  const { rowCount } = await sql.query(
    `update logs set size = $3, edge = $4, root = $5, map_root = $6, sealed_through = $7, checkpoint = $8 where organization = $1 and size = $2`,
    [organization, before, sealed.edge.size, sealed.edge.tiles, sealed.root, sealed.mapRoot, records.at(-1)?.position, checkpoint],
  );
  if (rowCount !== 1) throw new Error(`the log of ${organization} grew while its row was locked`);
}
