import { base64, type Refusal, refuse, timestamp } from '#kernel';
import { parseEvent } from '#ledger';
import { controlRecord, type Requester } from '../control-record.ts';
import { readDisclosed } from '../records/stored-record.ts';
import { commit, type ExportHouse } from './create-export.ts';
import { type ExportRow, findExport } from './export-row.ts';
import { bundlePath } from './run-exports.ts';

const NOT_FOUND = refuse('not_found', 'There is no such export.');

/** GET /exports/{id}. */
export async function readExport(house: Pick<ExportHouse, 'database' | 'identities'>, organization: string, exportId: string) {
  const { database, identities } = house;
  const row = await findExport(database, organization, exportId);
  if (row === null) return NOT_FOUND;
  const { vaultKey } = await identities.of(organization);
  const created = (await readDisclosed(database, organization, vaultKey, [row.recordId])).get(row.recordId);
  const { rows } = await database.query<{ body: Buffer }>('select body from events where id = $1::uuid', [row.recordId]);
  const actor = parseEvent(rows[0]?.body.toString('utf8') ?? '').data.actor;
  return exportItem(row, { actor, email: created?.people?.email ?? null, reason: created?.reason ?? null });
}

export type ExportItem = ReturnType<typeof exportItem>;

/** An export as CONTRACT shows it. Pure. */
function exportItem(row: ExportRow, asked: { readonly actor: string | null; readonly email: string | null; readonly reason: string | null }) {
  const { exportId, scope, checkpoint, bundle } = row;
  return {
    exportId,
    status: row.status,
    progress: { records: row.progress.records, total: row.progress.total ?? 0 },
    scope,
    profile: row.profile,
    reason: asked.reason,
    requestedBy: { id: asked.actor, email: asked.email },
    createdAt: timestamp(row.createdAt),
    completedAt: row.completedAt === null ? null : timestamp(row.completedAt),
    expiresAt: null,
    completeness: scope.type === 'groups' ? ('group' as const) : scope.type,
    checkpoint: checkpoint && { size: checkpoint.size, root: base64(checkpoint.root) },
    bundle: bundle && { url: `/api/v1/exports/${exportId}/bundle`, ...bundle },
    error: row.error,
  };
}

/** GET /exports/{id}/bundle: the `export.downloaded` record is committed before anything is handed out. */
export async function openExport(
  house: ExportHouse,
  organization: string,
  requester: Requester,
  exportId: string,
): Promise<{ readonly path: string; readonly bytes: number; readonly sha256: string } | Refusal> {
  const row = await findExport(house.database, organization, exportId);
  if (row === null) return NOT_FOUND;
  if (row.status !== 'completed' || row.bundle === null) return refuse('not_ready', 'The export is not completed yet.', { retryAfterSeconds: 1 });
  const about = { bundle: `sha256:${row.bundle.sha256}`, exportId };
  const record = controlRecord(await house.identities.of(organization), requester, { kind: 'export.downloaded', about, reason: null }, house);
  const refusal = await commit(house.store, record);
  return refusal ?? { path: bundlePath(house.directory, exportId), ...row.bundle };
}
