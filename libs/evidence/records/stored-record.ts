import type { Sql } from '#event-store';
import { type Disclosed, disclosedValues, openDisclosure, openDisclosures, parseEvent, type RecordEvent } from '#ledger';
import { RECORD_TYPES_SQL } from '../sealer/records-to-seal.ts';

/** Everything that is stored of one record. */
export type StoredRecord = {
  readonly position: number;
  readonly event: RecordEvent;
  readonly eventText: string;
  /** Null: erased. */
  readonly disclosed: Disclosed | null;
  /** Null: not sealed yet. `sealedAt` in Unix milliseconds. */
  readonly seal: { readonly index: number; readonly groupSeq: number; readonly sealedAt: number } | null;
};

type Row = { position: string; body: Buffer; ciphertext: Buffer | null; index: string | null; group_seq: string | null; sealed_at: string | null };

const SELECT = `
  select e.position, e.body, d.ciphertext, l.index, l.group_seq, c.sealed_at
    from events e
    left join items_vault d on d.organization = e.organization and d.kind = 'disclosure' and d.id = e.id::text
    left join log_leaves l on l.record_id = e.id
    left join lateral (
      select sealed_at from log_checkpoints where organization = e.organization and size > l.index order by size limit 1
    ) c on true
   where e.organization = $1`;

/** The records whose events have these positions, in the order given. */
export async function recordsAt(sql: Sql, organization: string, vaultKey: Uint8Array, positions: readonly number[]): Promise<StoredRecord[]> {
  const { rows } = await sql.query<Row>(`${SELECT} and e.position = any ($2::bigint[])`, [organization, positions]);
  const found = new Map(rows.map((row) => [Number(row.position), storedRecord(row, vaultKey)]));
  return positions.flatMap((position) => found.get(position) ?? []);
}

/** One record of an organisation; read from the events, so it is found from its commit on. */
export async function findRecord(sql: Sql, organization: string, vaultKey: Uint8Array, recordId: string): Promise<StoredRecord | null> {
  const { rows } = await sql.query<Row>(`${SELECT} and e.id = $2::uuid and ${RECORD_TYPES_SQL}`, [organization, recordId]);
  return rows[0] === undefined ? null : storedRecord(rows[0], vaultKey);
}

function storedRecord(row: Row, vaultKey: Uint8Array): StoredRecord {
  const eventText = row.body.toString('utf8');
  const event = parseEvent(eventText);
  return {
    position: Number(row.position),
    event,
    eventText,
    disclosed: row.ciphertext === null ? null : disclosed(vaultKey, event.id, row.ciphertext),
    seal: row.index === null ? null : { index: Number(row.index), groupSeq: Number(row.group_seq), sealedAt: Number(row.sealed_at) },
  };
}

function disclosed(vaultKey: Uint8Array, recordId: string, ciphertext: Buffer): Disclosed {
  return disclosedValues(openDisclosures(vaultKey, recordId, ciphertext).map(openDisclosure));
}

/** What records disclose, by record; those erased are absent. */
export async function readDisclosed(sql: Sql, organization: string, vaultKey: Uint8Array, recordIds: readonly string[]): Promise<Map<string, Disclosed>> {
  const { rows } = await sql.query<{ id: string; ciphertext: Buffer }>(
    `select id, ciphertext from items_vault where organization = $1 and kind = 'disclosure' and id = any ($2::text[])`,
    [organization, recordIds],
  );
  return new Map(rows.map(({ id, ciphertext }) => [id, disclosed(vaultKey, id, ciphertext)]));
}
