import { type Database, inTransaction, type Sql } from '#event-store';
import { base64, RECORD_ID_PATTERN, type Refusal, refuse } from '#kernel';
import { formatVkey, groupKey, isGroupOfOne, loadMapPages, mapProof, parseEvent, parseMapLeaf, parseTilePath, writeEntryBundle, writeTlogProof } from '#ledger';
import type { LogIdentities } from '../log-identity.ts';
import { findRecord } from '../records/stored-record.ts';
import { type LogState, readGroups, readLog, readMapPages } from '../sealer/log-state.ts';
import { findLeaf, LogDamaged, readLeaves } from './leaves.ts';
import { consistencyProofBetween, inclusionProofs, readTile } from './tree.ts';

export type LogHouse = { readonly database: Database; readonly identities: LogIdentities };

const NOTHING_SEALED = refuse('not_sealed', 'Nothing of this organisation is sealed yet.', { retryAfterSeconds: 1 });

/** GET /log/checkpoint: the newest signed note. */
export async function readCheckpoint({ database }: LogHouse, organization: string): Promise<string | Refusal> {
  return (await readLog(database, organization))?.checkpoint ?? NOTHING_SEALED;
}

/** GET /log/trust: the keys and the policy that a verifier pins (EVIDENCE, trust.json). */
export async function readTrust({ identities }: LogHouse, organization: string) {
  const { logSigner, exportSigner } = await identities.of(organization);
  return {
    v: 1,
    log: [{ vkey: formatVkey(logSigner.key), until: null }],
    export: [{ vkey: formatVkey(exportSigner.key), until: null }],
    witnesses: [],
    quorum: 0,
    tsa: [],
  };
}

const ENTRIES_PER_BUNDLE = 256;

/** GET /log/tile/…: a tile or entry bundle, full or partial, by its C2SP path `tile/<L>/<N>[.p/<W>]` or `tile/entries/<N>[.p/<W>]`. */
export async function readTilePath({ database }: LogHouse, organization: string, path: string): Promise<Buffer | Refusal> {
  const unknown = refuse('not_found', 'The log has no such tile.');
  const tile = parseTilePath(path);
  const log = await readLog(database, organization);
  if (tile === null || log === null) return unknown;
  const { level, index, width } = tile;
  if (level !== null) return (await readTile(database, organization, log, { level, index, width })) ?? unknown;
  const from = index * ENTRIES_PER_BUNDLE;
  if (from + width > log.edge.size) return unknown;
  const leaves = await readLeaves(database, organization, { from, to: from + width });
  return writeEntryBundle(leaves.map(({ leaf }) => leaf));
}

/** GET /log/consistency: from one size of the log to another, both already reached. */
export async function readConsistency(
  { database }: LogHouse,
  organization: string,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<{ from: number; to: number; proof: string[] } | Refusal> {
  const log = await readLog(database, organization);
  if (log === null) return NOTHING_SEALED;
  const valid = Number.isSafeInteger(from) && Number.isSafeInteger(to) && from > 0 && from <= to && to <= log.edge.size;
  if (!valid) return refuse('invalid_params', `Sizes must satisfy 0 < from <= to <= ${log.edge.size}.`);
  const proof = await consistencyProofBetween(database, organization, log, from, to);
  return { from, to, proof: proof.map(base64) };
}

/** GET /evidence/{recordId}/proof: that a record is in the log, and all there is of its group, as of the newest checkpoint. */
export async function readProof(house: LogHouse, organization: string, recordId: string) {
  const { vaultKey } = await house.identities.of(organization);
  return inTransaction(house.database, 'snapshot', async (sql) => {
    const exists = RECORD_ID_PATTERN.test(recordId) && (await findRecord(sql, organization, vaultKey, recordId)) !== null;
    if (!exists) return refuse('not_found', 'There is no such record.');
    const [log, leaf] = [await readLog(sql, organization), await findLeaf(sql, organization, recordId)];
    if (leaf === null || log === null || log.checkpoint === null) return refuse('not_sealed', 'The record is not sealed yet.', { retryAfterSeconds: 1 });
    const inclusion = (await inclusionProofs(sql, organization, log, [leaf.index])).get(leaf.index) ?? [];
    const groupId = parseEvent(leaf.eventText ?? '').correlationid;
    return {
      recordId,
      origin: log.origin,
      index: leaf.index,
      treeSize: log.edge.size,
      leaf: leaf.leaf.toString('utf8'),
      leafHash: base64(leaf.leafHash),
      inclusion: inclusion.map(base64),
      checkpoint: log.checkpoint,
      tlogProof: writeTlogProof({ index: leaf.index, proof: inclusion, checkpoint: log.checkpoint }),
      group: isGroupOfOne(groupId) ? null : await groupProof(sql, organization, log, groupId),
    };
  });
}

export type RecordProof = Exclude<Awaited<ReturnType<typeof readProof>>, Refusal>;

async function groupProof(sql: Sql, organization: string, log: LogState, groupId: string) {
  const { count, first, last, head, proof } = await proveGroup(sql, organization, log, groupId);
  const mapLeaf = (await readMapLeaf(sql, organization, log)).leaf;
  return {
    correlationId: groupId,
    count,
    first,
    last,
    head: base64(head),
    mapRoot: base64(parseMapLeaf(mapLeaf).root),
    mapProof: proof.map(base64),
    mapLeaf: mapLeaf.toString('utf8'),
  };
}

/** A group's state and its place in the map of the newest checkpoint. To be read in one snapshot with `log`. */
export async function proveGroup(sql: Sql, organization: string, { origin }: LogState, groupId: string) {
  const state = (await readGroups(sql, organization, [groupId])).get(groupId);
  const key = groupKey(origin, groupId);
  const proved = mapProof(await loadMapPages(readMapPages(sql, organization), [key]), key);
  if (state === undefined || proved === null) throw new LogDamaged(`the group map lacks ${groupId}`);
  return { ...state, proof: proved.proof };
}

/** The leaf that the newest checkpoint ends in. */
export async function readMapLeaf(sql: Sql, organization: string, { edge }: LogState) {
  const [mapLeaf] = await readLeaves(sql, organization, { from: edge.size - 1, to: edge.size });
  if (mapLeaf === undefined || mapLeaf.recordId !== null) throw new LogDamaged('the log does not end in a map leaf');
  return mapLeaf;
}
