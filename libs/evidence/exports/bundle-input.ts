import type { Sql } from '#event-store';
import { LIMITS, timestamp } from '#kernel';
import {
  applyProfile,
  type BundleGroup,
  type BundleInput,
  type BundleProofs,
  type BundleRecord,
  isGroupOfOne,
  openCheckpoint,
  openDisclosures,
  parseEvent,
  tilePath,
  tilesFor,
} from '#ledger';
import { LogDamaged, readLeavesAt, type SealedLeaf } from '../log/leaves.ts';
import { proveGroup, readMapLeaf } from '../log/log-reads.ts';
import { consistencyProofBetween, inclusionProofs, readTile } from '../log/tree.ts';
import type { LogIdentity } from '../log-identity.ts';
import { readDisclosed } from '../records/stored-record.ts';
import { type LogState, readLog } from '../sealer/log-state.ts';
import type { ExportRow } from './export-row.ts';
import { erasuresOf, leavesOf } from './scope-leaves.ts';

export type Software = { readonly name: string; readonly version: string };
export type Progress = (records: number, total: number) => Promise<void>;

/** Everything a bundle holds, as of the newest checkpoint; to be read in one snapshot. */
export async function readBundleInput(sql: Sql, identity: LogIdentity, row: ExportRow, software: Software, progress: Progress): Promise<BundleInput> {
  const { organization, scope } = row;
  const log = await readLog(sql, organization);
  if (log === null || log.checkpoint === null) throw new LogDamaged('an export of a log without a checkpoint');
  const records = await readRecords(sql, identity, row, progress);
  const mapLeaf = await readMapLeaf(sql, organization, log);
  const own = (await readDisclosed(sql, organization, identity.vaultKey, [row.recordId])).get(row.recordId);
  return {
    checkpoint: log.checkpoint,
    timestamp: null,
    mapLeaf: mapLeaf.leaf,
    groups: scope.type === 'groups' ? await readBundleGroups(sql, organization, log, scope.groups) : [],
    records,
    proofs: await readProofs(
      sql,
      organization,
      log,
      [...records, mapLeaf].map(({ index }) => index),
    ),
    consistency: row.heldSize === null ? [] : [await consistencyLine(sql, identity, log, row.heldSize)],
    createdAt: timestamp(row.createdAt),
    exportId: row.exportId,
    profile: row.profile,
    reason: own?.reason ?? '',
    requestedBy: await actorOf(sql, organization, row.recordId),
    scope,
    software,
  };
}

async function readRecords(sql: Sql, identity: LogIdentity, row: ExportRow, progress: Progress): Promise<BundleRecord[]> {
  const records: BundleRecord[] = [];
  const indices = new Set(await leavesOf(sql, row));
  if (indices.size > LIMITS.exportRecords) throw new LogDamaged(`an export of ${indices.size} records is beyond the limit`);
  while (records.length < indices.size) {
    const next = [...indices].slice(records.length, records.length + LIMITS.exportPageRecords);
    const page = await bundleRecords(sql, identity, row, await readLeavesAt(sql, identity.organization, next));
    if (page.length !== next.length) throw new LogDamaged('leaves of the export are missing');
    records.push(...page);
    // What says that a record was erased belongs to the bundle too, wherever it stands in the log.
    for (const { erased } of page) if (erased !== null) indices.add(erased);
    await progress(records.length, indices.size);
  }
  return records;
}

async function bundleRecords(sql: Sql, identity: LogIdentity, { profile }: ExportRow, leaves: readonly SealedLeaf[]): Promise<BundleRecord[]> {
  const { organization, vaultKey } = identity;
  const recordIds = leaves.map(({ recordId }) => recordId).filter((id) => id !== null);
  const { rows } = await sql.query<{ id: string; ciphertext: Buffer }>(
    `select id, ciphertext from items_vault where organization = $1 and kind = 'disclosure' and id = any ($2::text[])`,
    [organization, recordIds],
  );
  const sealed = new Map(rows.map(({ id, ciphertext }) => [id, ciphertext]));
  const gone = recordIds.filter((id) => !sealed.has(id));
  const erasures = gone.length === 0 ? new Map<string, number>() : await erasuresOf(sql, organization, gone);
  return leaves.map(({ index, leaf, recordId }) => {
    const ciphertext = recordId === null ? undefined : sealed.get(recordId);
    if (recordId === null || ciphertext === undefined)
      return { index, leaf, disclosures: [], withheld: [], erased: recordId === null ? null : erasure(erasures, recordId) };
    return { index, leaf, ...applyProfile(profile, openDisclosures(vaultKey, recordId, ciphertext), `profile ${profile}`), erased: null };
  });
}

function erasure(erasures: ReadonlyMap<string, number>, recordId: string): number {
  const index = erasures.get(recordId);
  if (index === undefined) throw new LogDamaged(`the disclosures of ${recordId} are gone, and no sealed record says that it was erased`);
  return index;
}

async function readBundleGroups(sql: Sql, organization: string, log: LogState, groups: readonly string[]): Promise<BundleGroup[]> {
  const proved: BundleGroup[] = [];
  for (const groupId of groups) {
    if (isGroupOfOne(groupId)) continue;
    const { proof, ...state } = await proveGroup(sql, organization, log, groupId);
    proved.push({ ...state, groupId, mapProof: proof });
  }
  return proved;
}

async function readProofs(sql: Sql, organization: string, log: LogState, indices: readonly number[]): Promise<BundleProofs> {
  const distinct = [...new Set(indices)];
  if (distinct.length <= LIMITS.proofFilesPerBundle) return { form: 'proofs', proofs: await inclusionProofs(sql, organization, log, distinct) };
  const tiles = new Map<string, Buffer>();
  for (const tile of tilesFor(distinct, log.edge.size)) {
    const hashes = await readTile(sql, organization, log, tile);
    if (hashes !== null) tiles.set(tilePath(tile), hashes);
  }
  return { form: 'tiles', tiles };
}

async function consistencyLine(sql: Sql, { organization, logSigner }: LogIdentity, log: LogState, from: number) {
  const { rows } = await sql.query<{ note: string }>('select note from log_checkpoints where organization = $1 and size = $2', [organization, from]);
  const { root } = openCheckpoint(rows[0]?.note ?? '', [logSigner.key]).checkpoint;
  return { from, root, proof: await consistencyProofBetween(sql, organization, log, from, log.edge.size) };
}

async function actorOf(sql: Sql, organization: string, recordId: string): Promise<string | null> {
  const { rows } = await sql.query<{ body: Buffer }>('select body from events where organization = $1 and id = $2::uuid', [organization, recordId]);
  return parseEvent(rows[0]?.body.toString('utf8') ?? '').data.actor;
}
