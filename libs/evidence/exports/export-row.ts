import type { Sql } from '#event-store';
import type { ExportScope, Profile } from '#ledger';

export type ExportStatus = 'queued' | 'running' | 'completed' | 'failed';

export type ExportRow = {
  readonly exportId: string;
  readonly organization: string;
  readonly recordId: string;
  readonly status: ExportStatus;
  readonly scope: ExportScope;
  readonly profile: Profile;
  readonly heldSize: number | null;
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly completedAt: number | null;
  readonly attempts: number;
  readonly progress: { readonly records: number; readonly total: number | null };
  readonly checkpoint: { readonly size: number; readonly root: Buffer } | null;
  readonly bundle: { readonly bytes: number; readonly sha256: string } | null;
  readonly error: string | null;
};

type StoredRow = {
  export_id: string;
  organization: string;
  record_id: string;
  status: ExportStatus;
  scope: ExportScope;
  profile: Profile;
  held_size: string | null;
  created_at: string;
  completed_at: string | null;
  attempts: number;
  records_done: string;
  records_total: string | null;
  checkpoint_size: string | null;
  checkpoint_root: Buffer | null;
  bundle_bytes: string | null;
  bundle_sha256: string | null;
  error: string | null;
};

export async function findExport(sql: Sql, organization: string, exportId: string): Promise<ExportRow | null> {
  const { rows } = await sql.query<StoredRow>('select * from exports where organization = $1 and export_id = $2', [organization, exportId]);
  return rows.map(exportRow)[0] ?? null;
}

/** Oldest first. */
export async function unfinishedExports(sql: Sql): Promise<ExportRow[]> {
  const { rows } = await sql.query<StoredRow>(`select * from exports where status in ('queued', 'running') order by created_at, export_id limit 100`);
  return rows.map(exportRow);
}

function exportRow(row: StoredRow): ExportRow {
  const numberOrNull = (digits: string | null) => (digits === null ? null : Number(digits));
  return {
    exportId: row.export_id,
    organization: row.organization,
    recordId: row.record_id,
    status: row.status,
    scope: row.scope,
    profile: row.profile,
    heldSize: numberOrNull(row.held_size),
    createdAt: Number(row.created_at),
    completedAt: numberOrNull(row.completed_at),
    attempts: row.attempts,
    progress: { records: Number(row.records_done), total: numberOrNull(row.records_total) },
    checkpoint: row.checkpoint_root === null ? null : { size: Number(row.checkpoint_size), root: row.checkpoint_root },
    bundle: row.bundle_sha256 === null ? null : { bytes: Number(row.bundle_bytes), sha256: row.bundle_sha256 },
    error: row.error,
  };
}
