import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inTransaction, keepTrying } from '#event-store';
import { LIMITS, sha256Hex } from '#kernel';
import { buildBundle, parseCheckpoint } from '#ledger';
import { LogDamaged } from '../log/leaves.ts';
import { readBundleInput, type Software } from './bundle-input.ts';
import type { ExportHouse } from './create-export.ts';
import { type ExportRow, findExport, unfinishedExports } from './export-row.ts';

export type ExportJobHouse = Pick<ExportHouse, 'database' | 'identities' | 'clock' | 'directory'> & {
  readonly software: Software;
  /** Told of what went wrong. */
  readonly failed: (error: unknown) => void;
};

/**
 * Builds queued exports until `signal` aborts. Any number may run: an export belongs to whoever holds its advisory lock,
 * which goes with the connection, so one whose process was killed is taken up again from the beginning.
 */
export async function runExports(house: ExportJobHouse, signal: AbortSignal): Promise<void> {
  await keepTrying(() => work(house, signal), house.failed, signal);
}

async function work(house: ExportJobHouse, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (const row of await unfinishedExports(house.database)) {
      if (signal.aborted) return;
      if (await isSealed(house, row)) await takeUp(house, row);
    }
    await delay(LIMITS.exportPollMilliseconds, undefined, { signal }).catch(() => undefined);
  }
}

/** The checkpoint must cover the export's own record (EVIDENCE, "The export is sealed first"). */
async function isSealed({ database }: ExportJobHouse, { recordId }: ExportRow): Promise<boolean> {
  const { rows } = await database.query('select from log_leaves where record_id = $1::uuid', [recordId]);
  return rows.length > 0;
}

async function takeUp(house: ExportJobHouse, { organization, exportId }: ExportRow): Promise<void> {
  const connection = await house.database.connect();
  try {
    const { rows } = await connection.query<{ mine: boolean }>('select pg_try_advisory_lock(hashtextextended($1, 0)) as mine', [exportId]);
    if (rows[0]?.mine !== true) return;
    // Read again: between the list and the lock another may have finished it.
    const row = await findExport(house.database, organization, exportId);
    if (row?.status === 'queued' || row?.status === 'running') await attempt(house, row);
  } finally {
    // Closing the connection gives up the lock, whatever happened.
    connection.release(true);
  }
}

async function attempt(house: ExportJobHouse, row: ExportRow): Promise<void> {
  const { database } = house;
  await database.query(`update exports set status = 'running', attempts = attempts + 1, records_done = 0 where export_id = $1`, [row.exportId]);
  try {
    await build(house, row);
  } catch (error) {
    house.failed(error);
    const hopeless = error instanceof LogDamaged || row.attempts + 1 >= LIMITS.exportAttempts;
    await database.query(`update exports set status = $2, error = $3 where export_id = $1`, [
      row.exportId,
      hopeless ? 'failed' : 'queued',
      hopeless ? 'internal' : null,
    ]);
  }
}

async function build({ database, identities, clock, directory, software }: ExportJobHouse, row: ExportRow): Promise<void> {
  const identity = await identities.of(row.organization);
  const progress = async (records: number, total: number) => {
    await database.query('update exports set records_done = $2, records_total = $3 where export_id = $1', [row.exportId, records, total]);
  };
  const input = await inTransaction(database, 'snapshot', (sql) => readBundleInput(sql, identity, row, software, progress));
  const bundle = buildBundle(input, identity.exportSigner);
  await writeDurably(directory, row.exportId, bundle);
  const { size, root } = parseCheckpoint(input.checkpoint.slice(0, input.checkpoint.indexOf('\n\n') + 1));
  await database.query(
    `update exports set status = 'completed', error = null, completed_at = $2, checkpoint_size = $3, checkpoint_root = $4, bundle_bytes = $5, bundle_sha256 = $6
      where export_id = $1`,
    [row.exportId, clock(), size, root, bundle.length, sha256Hex(bundle)],
  );
}

export function bundlePath(directory: string, exportId: string): string {
  return join(directory, `${exportId}.zip`);
}

/** Whole and on the disk when this returns, or not there at all. */
async function writeDurably(directory: string, exportId: string, bundle: Buffer): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const unfinished = `${bundlePath(directory, exportId)}.unfinished`;
  await rm(unfinished, { force: true });
  const file = await open(unfinished, 'wx', 0o600);
  try {
    await file.writeFile(bundle);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, bundlePath(directory, exportId));
}
