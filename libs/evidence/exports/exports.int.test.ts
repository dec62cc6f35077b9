import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { groupId, parseEvent, verifyBundle } from '#ledger';
import { type EvidenceDatabase, given, openEvidenceDatabase } from '../../../test/support/evidence-database.ts';
import { checkLedger } from '../../../test/support/ledger-checker.ts';
import { CORRELATION_KEY, logIdentities, logIdentity, type RecordedCall, random } from '../../../test/support/records.ts';
import { controlRecord, type Requester } from '../control-record.ts';
import { readCheckpoint, readTrust } from '../log/log-reads.ts';
import { sealNext } from '../sealer/sealing-transaction.ts';
import { createExport } from './create-export.ts';
import { openExport, readExport } from './export-reads.ts';
import { runExports } from './run-exports.ts';

const ORG = 'org_one';
const T0 = Date.parse('2026-11-20T10:00:00Z');
const identities = logIdentities(ORG, 'org_two');
const eve: Requester = { actor: 'usr_eve', email: 'eve@example.org', client: null, authid: 'key_gov', authtype: 'api_key', assert: {} };
const CASE = groupId(CORRELATION_KEY, 'usr_ada', 'case-42');

let database: EvidenceDatabase;
let directory: string;
let calls: RecordedCall[];
const stop = new AbortController();
const failures: unknown[] = [];
const failed = (error: unknown) => void failures.push(error);
let running: Promise<void>[];

const house = () => ({ database: database.pool, store: database.store, identities, clock: Date.now, random, directory });
const jobs = () => ({ ...house(), software: { name: 'deponent', version: '0.0.0' }, failed });

/** Without the rests of the real one, which would be most of the time these tests take. */
async function sealQuickly(): Promise<void> {
  for (; !stop.signal.aborted; await delay(10)) await sealNext(house(), ORG);
}

beforeAll(async () => {
  database = await openEvidenceDatabase();
  directory = await mkdtemp(join(tmpdir(), 'deponent-exports-'));
  running = [sealQuickly(), runExports(jobs(), stop.signal), runExports(jobs(), stop.signal)];
  calls = [];
  for (let call = 0; call < 12; call++) {
    const externalId = call % 4 === 3 ? null : `case-${call % 2 === 0 ? '42' : '43'}`;
    calls.push(await database.record({ organization: ORG, at: T0 + call * 60_000, externalId, contentIds: [`con_${call % 3}`] }));
  }
});
afterAll(async () => {
  stop.abort();
  await Promise.all(running);
  await database.close();
  await rm(directory, { recursive: true });
});

async function completed(exportId: string) {
  for (const start = Date.now(); Date.now() - start < 10_000; await delay(20)) {
    const one = given(await readExport(house(), ORG, exportId));
    if (one.status === 'completed') return one;
    if (one.status === 'failed') throw new Error(`the export failed: ${failures.map(String)}`);
  }
  throw new Error('the export was not completed in time');
}

/** Exports, downloads and verifies; with what the verifier answered. */
async function exported(body: object) {
  const { exportId } = given(await createExport(house(), ORG, eve, body));
  const item = await completed(exportId);
  const { path } = given(await openExport(house(), ORG, eve, exportId));
  const bundle = await readFile(path);
  const verification = verifyBundle({ bundle, trust: await readTrust(house(), ORG) });
  return { item, bundle, path, verification };
}

const FULL = { profile: 'full', reason: 'audit of case 42' };

describe('exports', () => {
  it('of a group: every record of it, verified offline, with the export itself on record', async () => {
    const { item, bundle, path, verification } = await exported({ scope: { correlationIds: [CASE] }, ...FULL });
    expect(verification.text).toMatch(/^VERIFIED/);
    expect(verification.report).toMatchObject({ ok: true, bundle: { groups: 1 } });
    const inGroup = calls.filter(({ event }) => event.correlationid === CASE).length;
    expect(item).toMatchObject({
      status: 'completed',
      progress: { records: inGroup + 1, total: inGroup + 1 },
      scope: { groups: [CASE], type: 'groups' },
      profile: 'full',
      reason: FULL.reason,
      requestedBy: { id: 'usr_eve', email: 'eve@example.org' },
      completeness: 'group',
      bundle: { bytes: bundle.length, url: `/api/v1/exports/${item.exportId}/bundle` },
      error: null,
    });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const acts = (await database.store.readAll({ after: 0, limit: 1_000, organization: ORG })).filter(({ type }) => type.startsWith('deponent.export.'));
    expect(acts.map(({ type, body }) => [type, parseEvent(body.toString('utf8')).data])).toMatchObject([
      ['deponent.export.created.v1', { about: { exportId: item.exportId, profile: 'full' }, actor: 'usr_eve' }],
      ['deponent.export.downloaded.v1', { about: { exportId: item.exportId, bundle: `sha256:${item.bundle?.sha256}` }, actor: 'usr_eve' }],
    ]);
  });

  it.each([
    ['several groups, one of them a group of one', () => ({ correlationIds: [CASE, calls[3]!.event.correlationid] }), 'group'],
    ['the control group', () => ({ correlationIds: ['cor_control'] }), 'group'],
    ['a time', () => ({ from: new Date(T0 + 120_000).toISOString(), to: new Date(T0 + 300_000).toISOString() }), 'range'],
    ['a content item', () => ({ contentId: 'con_1' }), 'selection'],
  ])(
    'of %s verify, in every profile',
    async (_what, scope, completeness) => {
      for (const profile of ['full', 'redacted', 'hashes']) {
        const { item, verification } = await exported({ scope: scope(), profile, reason: 'a look' });
        expect(verification.text).toMatch(/^VERIFIED/);
        expect(item).toMatchObject({ completeness, profile });
      }
    },
    60_000,
  );

  it('of a time hold the smallest range of indices with every record of that time', async () => {
    const { item } = await exported({ scope: { from: new Date(T0 + 120_000).toISOString(), to: new Date(T0 + 300_000).toISOString() }, ...FULL });
    const { rows } = await database.pool.query(`select index::int from log_leaves where record_id = any ($1) order by index`, [
      calls.slice(2, 5).map(({ event }) => event.id),
    ]);
    expect(item.scope).toEqual({ first: rows[0].index, last: rows[2].index, type: 'range' });
  });

  it('join a checkpoint that the recipient holds', async () => {
    const held = given(await readCheckpoint(house(), ORG));
    const { bundle } = await exported({ scope: { correlationIds: [CASE] }, ...FULL, held });
    expect(verifyBundle({ bundle, trust: await readTrust(house(), ORG), held }).report.ok).toBe(true);
    const foreign = await createExport(house(), ORG, eve, { scope: { correlationIds: [CASE] }, ...FULL, held: held.replace('— ', '— x') });
    expect(foreign).toMatchObject({ code: 'invalid_params', issues: [{ path: 'held' }] });
  });

  it('show an erased record as erased, and carry the record that says so', async () => {
    const erased = calls[0]!.event.id;
    const { rows } = await database.pool.query<{ leaf_hash: Buffer }>('select leaf_hash from log_leaves where record_id = $1', [erased]);
    await database.pool.query('delete from items_vault where id = $1', [erased]);
    const about = { basis: 'gdpr_17', leafHash: rows[0]!.leaf_hash.toString('base64'), recordId: erased };
    await database.store.append(controlRecord(logIdentity(ORG), eve, { kind: 'record.erased', about, reason: null }, house()).request);
    const { verification, bundle } = await exported({ scope: { correlationIds: [CASE] }, ...FULL });
    expect(verification.text).toMatch(/^VERIFIED/);
    expect(bundle.includes('gdpr_17')).toBe(true);
  });

  it('are taken up again after a kill, whatever was left behind', async () => {
    const { exportId } = given(await createExport(house(), ORG, eve, { scope: { correlationIds: [CASE] }, ...FULL }));
    await completed(exportId);
    const { path } = given(await openExport(house(), ORG, eve, exportId));
    const before = await readFile(path);
    await rm(path);
    await database.pool.query(`update exports set status = 'running', bundle_sha256 = null, records_done = 1 where export_id = $1`, [exportId]);
    const again = await completed(exportId);
    const after = await readFile(path);
    expect(again.bundle?.bytes).toBe(after.length);
    expect(after.length).toBeGreaterThan(before.length / 2);
    expect(verifyBundle({ bundle: after, trust: await readTrust(house(), ORG) }).report.ok).toBe(true);
  });

  it('refuse what cannot be asked for, and what is not there yet or not theirs', async () => {
    const ask = (body: unknown, organization = ORG) => createExport(house(), organization, eve, body);
    expect(await ask({ scope: { correlationIds: ['cor_none'] }, ...FULL })).toMatchObject({ code: 'not_found' });
    expect(await ask({ scope: { correlationIds: [CASE] }, ...FULL }, 'org_two')).toMatchObject({ code: 'not_found' });
    expect(await ask({ scope: { correlationIds: [`call_${calls[0]!.event.id}`] }, ...FULL })).toMatchObject({ code: 'not_found' });
    expect(await ask({ scope: { from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' }, ...FULL })).toMatchObject({ code: 'not_found' });
    expect(await ask({ scope: {}, ...FULL })).toMatchObject({ code: 'invalid_params', issues: [{ path: 'scope' }] });
    expect(await ask({ scope: { correlationIds: [CASE] }, profile: 'all', reason: '' })).toMatchObject({ issues: [{ path: 'profile' }, { path: 'reason' }] });
    expect(await createExport(house(), ORG, { ...eve, assert: { 'authority/org_one': 7 } }, { scope: { correlationIds: [CASE] }, ...FULL })).toMatchObject({
      code: 'conflict',
    });

    const { exportId } = given(await ask({ scope: { correlationIds: [CASE] }, ...FULL }));
    expect(await openExport(house(), ORG, eve, exportId)).toMatchObject({ code: 'not_ready' });
    expect(await readExport(house(), 'org_two', exportId)).toMatchObject({ code: 'not_found' });
    await completed(exportId);
    expect(await openExport(house(), 'org_two', eve, exportId)).toMatchObject({ code: 'not_found' });
  });

  it('leave a ledger in which the checker finds nothing', async () => {
    expect(await checkLedger(database.url, identities)).toEqual([]);
    expect(failures).toEqual([]);
  });
});
