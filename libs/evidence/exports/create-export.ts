import { type Database, type EventAppender, type EventReader, StoreUnavailable } from '#event-store';
import { type Clock, isRefusal, newId, type RandomBytes, type Refusal, refuse } from '#kernel';
import { type ExportScope, openCheckpoint, Rejected, scopeHash } from '#ledger';
import { type ControlRecord, controlRecord, type Requester } from '../control-record.ts';
import type { LogIdentities, LogIdentity } from '../log-identity.ts';
import { awaitSealed } from '../sealer/await-sealed.ts';
import { type ExportRequest, parseExportRequest } from './export-request.ts';
import { resolveScope } from './resolve-scope.ts';

export type ExportHouse = {
  readonly database: Database;
  readonly store: EventAppender & Pick<EventReader, 'head'>;
  readonly identities: LogIdentities;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Where bundles are kept: one file an export, for its owner only. */
  readonly directory: string;
};

/**
 * CreateExport (POST /exports): of everything recorded up to now. When it answers, the `export.created` record is
 * committed and the work is queued; the record comes first, so an export that nobody recorded cannot exist.
 */
export async function createExport(house: ExportHouse, organization: string, requester: Requester, body: unknown): Promise<{ exportId: string } | Refusal> {
  const request = parseExportRequest(body);
  if (isRefusal(request)) return request;
  const { database, store, identities, clock, random } = house;
  const identity = await identities.of(organization);
  const sealed = await awaitSealed(database, clock, organization, await store.head());
  if (!sealed) return refuse('unavailable', 'The log is behind; try again later.', { retryAfterSeconds: 10 });
  const heldSize = await sizeHeld(database, identity, request.held ?? null);
  if (isRefusal(heldSize)) return heldSize;
  const scope = await resolveScope(database, organization, request);
  if (isRefusal(scope)) return scope;

  const exportId = newId('export', random);
  const about = { exportId, profile: request.profile, scope: scopeHash(scope) };
  const record = controlRecord(identity, requester, { kind: 'export.created', about, reason: request.reason }, house);
  const refusal = await commit(store, record);
  if (refusal !== null) return refusal;
  await queue(database, organization, { exportId, recordId: record.recordId, scope, request, heldSize, createdAt: clock() });
  return { exportId };
}

/** Commits a control record; a refusal where the requester's authority changed meanwhile. */
export async function commit(store: EventAppender, { request }: ControlRecord): Promise<Refusal | null> {
  const result = await store.append(request);
  if (result.outcome === 'appended') return null;
  if (result.outcome === 'stale') return refuse('conflict', 'What you may do has just changed; try again.', { retryAfterSeconds: 1 });
  throw new StoreUnavailable(`the stream of a new record holds ${result.actual} events`, 'none');
}

/** The size of a checkpoint of this log that the recipient holds. */
async function sizeHeld(database: Database, { organization, origin, logSigner }: LogIdentity, note: string | null): Promise<number | null | Refusal> {
  if (note === null) return null;
  const size = sizeOf(note, origin, logSigner.key);
  const { rows } = await database.query('select from log_checkpoints where organization = $1 and size = $2', [organization, size]);
  if (size !== null && rows.length > 0) return size;
  return refuse('invalid_params', 'The held checkpoint is none of this log.', { issues: [{ path: 'held', message: 'is no checkpoint of this log' }] });
}

function sizeOf(note: string, origin: string, key: LogIdentity['logSigner']['key']): number | null {
  try {
    const { checkpoint } = openCheckpoint(note, [key]);
    return checkpoint.origin === origin ? checkpoint.size : null;
  } catch (error) {
    if (error instanceof Rejected) return null;
    throw error;
  }
}

type Queued = {
  readonly exportId: string;
  readonly recordId: string;
  readonly scope: ExportScope;
  readonly request: ExportRequest;
  readonly heldSize: number | null;
  readonly createdAt: number;
};

async function queue(database: Database, organization: string, { exportId, recordId, scope, request, heldSize, createdAt }: Queued): Promise<void> {
  await database.query(
    `insert into exports (export_id, organization, record_id, status, scope, profile, held_size, created_at, attempts, records_done)
     values ($1, $2, $3, 'queued', $4, $5, $6, $7, 0, 0)`,
    [exportId, organization, recordId, JSON.stringify(scope), request.profile, heldSize, createdAt],
  );
}
