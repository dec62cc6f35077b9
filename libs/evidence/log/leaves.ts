import type { Sql } from '#event-store';
import { eventHash, leafHash, writeLeaf } from '#ledger';

/** A leaf as it was sealed. `recordId` and `eventText` are null for a map leaf. */
export type SealedLeaf = {
  readonly index: number;
  readonly leaf: Buffer;
  readonly leafHash: Buffer;
  readonly recordId: string | null;
  readonly eventText: string | null;
  readonly groupSeq: number | null;
};

/** What is stored is not what was sealed. Nothing may be served from it. */
export class LogDamaged extends Error {
  override readonly name = 'LogDamaged';
}

type LeafRow = {
  index: string;
  leaf_hash: Buffer;
  map_leaf: Buffer | null;
  record_id: string | null;
  group_seq: string | null;
  group_prev: Buffer | null;
  body: Buffer | null;
};

const SELECT = `
  select l.index, l.leaf_hash, l.map_leaf, l.record_id, l.group_seq, l.group_prev, e.body
    from log_leaves l left join events e on e.position = l.position
   where l.organization = $1`;

/** Leaves `from` up to but without `to`, in order: written anew from event and seal, and checked against the sealed hash. */
export async function readLeaves(sql: Sql, organization: string, range: { readonly from: number; readonly to: number }): Promise<SealedLeaf[]> {
  const { rows } = await sql.query<LeafRow>(`${SELECT} and l.index >= $2 and l.index < $3 order by l.index`, [organization, range.from, range.to]);
  return rows.map(checked);
}

/** The leaves at these indices, in order. */
export async function readLeavesAt(sql: Sql, organization: string, indices: readonly number[]): Promise<SealedLeaf[]> {
  const { rows } = await sql.query<LeafRow>(`${SELECT} and l.index = any ($2::bigint[]) order by l.index`, [organization, indices]);
  return rows.map(checked);
}

/** The leaf of a record; null while it is not sealed. */
export async function findLeaf(sql: Sql, organization: string, recordId: string): Promise<SealedLeaf | null> {
  const { rows } = await sql.query<LeafRow>(`${SELECT} and l.record_id = $2::uuid`, [organization, recordId]);
  return rows.map(checked)[0] ?? null;
}

function checked(row: LeafRow): SealedLeaf {
  const index = Number(row.index);
  const eventText = row.body === null ? null : row.body.toString('utf8');
  const leaf = row.map_leaf ?? recordLeaf(index, eventText, row);
  if (!leafHash(leaf).equals(row.leaf_hash)) throw new LogDamaged(`leaf ${index} is not what was sealed`);
  return { index, leaf, leafHash: row.leaf_hash, recordId: row.record_id, eventText, groupSeq: row.group_seq === null ? null : Number(row.group_seq) };
}

function recordLeaf(index: number, eventText: string | null, row: LeafRow): Buffer {
  if (eventText === null) throw new LogDamaged(`the event of leaf ${index} is gone`);
  const groupPrev = row.group_prev && `sha256:${row.group_prev.toString('hex')}`;
  return writeLeaf(eventText, { eventHash: eventHash(eventText), groupPrev, groupSeq: Number(row.group_seq), v: 1 });
}
