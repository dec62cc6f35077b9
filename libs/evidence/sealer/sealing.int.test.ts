import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { fromBase64, RECORD_ID_PATTERN } from '#kernel';
import { groupKey, groupValue, openCheckpoint, parseEntryBundle, parseLeaf, parseMapLeaf, verifyConsistency, verifyInclusion, verifyMapProof } from '#ledger';
import { type EvidenceDatabase, failing, given, openEvidenceDatabase } from '../../../test/support/evidence-database.ts';
import { checkLedger, checkLedgerOn } from '../../../test/support/ledger-checker.ts';
import { logIdentities, logIdentity } from '../../../test/support/records.ts';
import { LogDamaged, readLeaves } from '../log/leaves.ts';
import { readCheckpoint, readConsistency, readProof, readTilePath } from '../log/log-reads.ts';
import { runSealer } from './run-sealer.ts';
import { type Published, sealNext } from './sealing-transaction.ts';

let database: EvidenceDatabase;
beforeAll(async () => {
  database = await openEvidenceDatabase();
});
afterAll(() => database.close());

const identities = logIdentities('org_one', 'org_two', 'org_faulty', 'org_race', 'org_live', 'org_damaged');
const house = () => ({ database: database.pool, identities, clock: Date.now });

const hash = (text: string) => fromBase64(text) ?? Buffer.alloc(0);
const checkpointOf = (organization: string, note: string) => openCheckpoint(note, [logIdentity(organization).logSigner.key]).checkpoint;

async function sealAll(organization: string): Promise<Published[]> {
  const published: Published[] = [];
  for (let one = await sealNext(house(), organization); one !== null; one = await sealNext(house(), organization)) published.push(one);
  return published;
}

describe('sealing', () => {
  it('seals interleaved groups of two organisations, each into its own log, so that every record proves itself and its group', async () => {
    const recorded = [];
    for (let call = 0; call < 60; call++) {
      const organization = call % 3 === 0 ? 'org_two' : 'org_one';
      recorded.push({ organization, ...(await database.record({ organization, externalId: call % 5 === 0 ? null : `case-${call % 4}` })) });
      if (call % 20 === 19) await Promise.all([sealAll('org_one'), sealAll('org_two')]);
    }
    for (const { organization, event } of recorded) {
      const proof = given(await readProof(house(), organization, event.id));
      const checkpoint = checkpointOf(organization, proof.checkpoint);
      const root = { size: proof.treeSize, root: checkpoint.root };
      expect(verifyInclusion({ index: proof.index, leafHash: hash(proof.leafHash), proof: proof.inclusion.map(hash), ...root })).toBe(true);
      const { event: sealed, seal } = parseLeaf(Buffer.from(proof.leaf));
      expect(sealed).toEqual(event);
      expect(proof.group?.correlationId ?? `call_${event.id}`).toBe(event.correlationid);
      if (proof.group === null) continue;
      const { correlationId, count, first, last, head, mapRoot, mapProof, mapLeaf } = proof.group;
      expect(seal.groupSeq).toBeLessThanOrEqual(count);
      expect(parseMapLeaf(Buffer.from(mapLeaf))).toMatchObject({ root: hash(mapRoot), size: proof.treeSize - 1 });
      const key = groupKey(proof.origin, correlationId);
      const value = groupValue({ count, first, head: hash(head), last });
      expect(verifyMapProof({ key, value, proof: mapProof.map(hash), root: hash(mapRoot) })).toBe(true);
    }
    expect(await checkLedger(database.url, identities)).toEqual([]);
  });

  it('answers not_sealed before, and not_found for what is no record of the organisation', async () => {
    const { event } = await database.record({ organization: 'org_one' });
    expect(await readProof(house(), 'org_one', event.id)).toMatchObject({ code: 'not_sealed', retryAfterSeconds: 1 });
    expect(await readProof(house(), 'org_two', event.id)).toMatchObject({ code: 'not_found' });
    expect(await readProof(house(), 'org_one', 'x')).toMatchObject({ code: 'not_found' });
    await sealAll('org_one');
    expect(await readProof(house(), 'org_two', event.id)).toMatchObject({ code: 'not_found' });
  });

  it('makes no checkpoint when nothing is new', async () => {
    await sealAll('org_one');
    const before = await readCheckpoint(house(), 'org_one');
    expect(await sealNext(house(), 'org_one')).toBeNull();
    expect(await readCheckpoint(house(), 'org_one')).toBe(before);
    expect(await readCheckpoint(house(), 'org_live')).toMatchObject({ code: 'not_sealed' });
  });

  it('seals 600 records into full tiles, and serves tiles, entries and consistency of every size', async () => {
    const held = checkpointOf('org_two', given(await readCheckpoint(house(), 'org_two')));
    await Promise.all(Array.from({ length: 600 }, (_, call) => database.record({ organization: 'org_two', externalId: `bulk-${call % 30}` })));
    await sealAll('org_two');
    const { size, root } = checkpointOf('org_two', given(await readCheckpoint(house(), 'org_two')));
    const consistency = given(await readConsistency(house(), 'org_two', { from: held.size, to: size }));
    expect(verifyConsistency({ from: held.size, to: size, fromRoot: held.root, toRoot: root, proof: consistency.proof.map(hash) })).toBe(true);
    expect(await readConsistency(house(), 'org_two', { from: 1, to: size + 1 })).toMatchObject({ code: 'invalid_params' });

    const tile = given(await readTilePath(house(), 'org_two', 'tile/0/000'));
    expect(tile).toHaveLength(256 * 32);
    expect(await readTilePath(house(), 'org_two', 'tile/0/000.p/10')).toEqual(tile.subarray(0, 320));
    expect(await readTilePath(house(), 'org_two', `tile/1/000.p/${Math.floor(size / 256)}`)).toHaveLength(Math.floor(size / 256) * 32);
    expect(await readTilePath(house(), 'org_two', 'tile/1/000')).toMatchObject({ code: 'not_found' });
    expect(parseEntryBundle(given(await readTilePath(house(), 'org_two', 'tile/entries/001')))).toHaveLength(256);
    expect(parseEntryBundle(given(await readTilePath(house(), 'org_two', `tile/entries/002.p/${size % 256}`)))).toHaveLength(size % 256);
    expect(await readTilePath(house(), 'org_two', 'tile/entries/003')).toMatchObject({ code: 'not_found' });
    expect(await checkLedger(database.url, identities)).toEqual([]);
  });

  it('never forks, however many sealers work at once', async () => {
    let done = false;
    const sealers = Array.from({ length: 4 }, async () => {
      while (!done) await sealNext(house(), 'org_race');
      await sealAll('org_race');
    });
    for (let round = 0; round < 30; round++) {
      await Promise.all(Array.from({ length: 5 }, (_, call) => database.record({ organization: 'org_race', externalId: `case-${call % 3}` })));
    }
    done = true;
    await Promise.all(sealers);
    const { rows } = await database.pool.query(`select count(record_id)::int as records from log_leaves where organization = 'org_race'`);
    expect(rows).toEqual([{ records: 150 }]);
    expect(await checkLedger(database.url, identities)).toEqual([]);
  });

  it('survives a killed connection before and after every statement of the transaction, the commit included', async () => {
    const counted = failing(database.pool, { statement: 0, when: 'before' });
    await database.record({ organization: 'org_faulty', externalId: 'case' });
    await sealNext({ ...house(), database: counted }, 'org_faulty');
    // The first seal also makes the log's row.
    expect(counted.statements()).toBeGreaterThan(12);
    for (let statement = 1; statement <= counted.statements(); statement++) {
      for (const when of ['before', 'after'] as const) {
        await database.record({ organization: 'org_faulty', externalId: `case-${statement % 3}` });
        const faulty = failing(database.pool, { statement, when });
        await sealNext({ ...house(), database: faulty }, 'org_faulty').catch((error: unknown) => expect(String(error)).toMatch(/connection killed/));
        expect(await checkLedger(database.url, identities)).toEqual([]);
      }
    }
    await sealAll('org_faulty');
    const { rows } = await database.pool.query(`select count(record_id)::int as records from log_leaves where organization = 'org_faulty'`);
    expect(rows).toEqual([{ records: 1 + 2 * counted.statements() }]);
    expect(await checkLedger(database.url, identities)).toEqual([]);
  }, 60_000);

  it('follows the store: seals what is there at the start, and a single new record at once', async () => {
    const first = await database.record({ organization: 'org_live' });
    const published: Published[] = [];
    const stop = new AbortController();
    const failures: unknown[] = [];
    const sealer = runSealer(
      { ...house(), store: database.store, published: (one) => void published.push(one), failed: (error) => void failures.push(error) },
      stop.signal,
    );
    const sealed = async (recordId: string) => {
      for (const start = Date.now(); Date.now() - start < 5_000; await delay(5)) {
        if (!('refused' in (await readProof(house(), 'org_live', recordId)))) return Date.now() - start;
      }
      throw new Error('not sealed in time');
    };
    await sealed(first.event.id);
    await delay(700);
    const second = await database.record({ organization: 'org_live' });
    expect(await sealed(second.event.id)).toBeLessThan(400);
    stop.abort();
    await sealer;
    expect(failures).toEqual([]);
    expect(published.filter(({ organization }) => organization === 'org_live')).toMatchObject([{ size: 2 }, { size: 4 }]);
    expect(second.event.id).toMatch(RECORD_ID_PATTERN);
  });
});

describe('damage', () => {
  const MINE = `organization = 'org_damaged'`;
  const PLANTED: readonly [what: string, statement: string, problem: RegExp][] = [
    ['a changed leaf hash', `update log_leaves set leaf_hash = sha256('x') where ${MINE} and index = 3`, /leaf 3 is not what its event gives/],
    ['a changed seal', `update log_leaves set group_seq = group_seq + 1 where ${MINE} and index = 3`, /leaf 3 has another seal/],
    ['a removed leaf', `delete from log_leaves where ${MINE} and index = 3`, /leaf 4 stands at 3/],
    [
      'a changed event',
      `update events set body = convert_to(replace(convert_from(body, 'UTF8'), '"version":17', '"version":18'), 'UTF8') where id = (select record_id from log_leaves where ${MINE} and index = 3)`,
      /leaf 3 is not what its event gives/,
    ],
    [
      'an event moved away',
      `update events set organization = 'org_one' where id = (select record_id from log_leaves where ${MINE} and index = 3)`,
      /org_damaged: leaf 3/,
    ],
    ['a changed checkpoint', `update log_checkpoints set note = replace(note, E'\\n14\\n', E'\\n15\\n') where ${MINE} and size = 14`, /checkpoint of size 14/],
    ['a removed checkpoint', `delete from log_checkpoints where ${MINE} and size = 14`, /checkpoints and map leaves/],
    [
      'a changed signature',
      `update log_checkpoints set note = left(note, -6) || 'AAA==' || E'\\n' where ${MINE} and size = 14`,
      /checkpoint of size 14 is not signed/,
    ],
    ['a changed tile', `update log_tiles set hashes = sha256('x') || substring(hashes from 33) where ${MINE} and index = 0 and level = 0`, /tile 0\/0/],
    ['a changed edge', `update logs set edge[2] = sha256('x') where ${MINE}`, /edge at level 1/],
    ['a forgotten group', `delete from log_groups where ${MINE} and group_id = (select max(group_id) from log_groups where ${MINE})`, /groups are stored/],
    [
      'a changed group',
      `update log_groups set last = last + 1 where ${MINE} and group_id = (select max(group_id) from log_groups where ${MINE})`,
      /group cor_/,
    ],
    ['a changed map page', `update log_map_pages set page = set_byte(page, 40, get_byte(page, 40) # 1) where ${MINE} and prefix = ''`, /map page/],
    [
      'lost disclosures',
      `delete from items_vault where ${MINE} and id = (select record_id::text from log_leaves where ${MINE} and index = 3)`,
      /lost its disclosures/,
    ],
    [
      'exchanged disclosures',
      `update items_vault set ciphertext = (select ciphertext from items_vault where ${MINE} limit 1) where ${MINE} and id = (select max(id) from items_vault where ${MINE})`,
      /do not fit its digests/,
    ],
    ['a log put back', `update logs set size = 14, sealed_through = 1 where ${MINE}`, /size is 14/],
  ];

  beforeAll(async () => {
    for (let batch = 0; batch < 24; batch++) {
      await Promise.all(Array.from({ length: 13 }, (_, call) => database.record({ organization: 'org_damaged', externalId: `case-${call % 4}-${batch}` })));
      await sealAll('org_damaged');
    }
    expect(await checkLedger(database.url, identities)).toEqual([]);
  });

  /** Damages one row behind everybody's back, and takes it back afterwards. */
  async function withDamage<Result>(statement: string, look: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    const client = await database.pool.connect();
    try {
      await client.query('begin; alter table events disable trigger all; alter table log_checkpoints disable trigger all');
      expect((await client.query(statement)).rowCount).toBe(1);
      return await look(client);
    } finally {
      await client.query('rollback');
      client.release();
    }
  }

  it.each(PLANTED)('%s is found by the checker', async (_what, statement, problem) => {
    const problems = await withDamage(statement, (client) => checkLedgerOn(client, identities));
    expect(problems.join('\n')).toMatch(problem);
  });

  it('is never served: a changed event is noticed when its leaf is read', async () => {
    const changed = `update events set body = convert_to(replace(convert_from(body, 'UTF8'), '"version":17', '"version":18'), 'UTF8')
                      where id = (select record_id from log_leaves where ${MINE} and index = 3)`;
    await withDamage(changed, async (client) => {
      await expect(readLeaves(client, 'org_damaged', { from: 0, to: 5 })).rejects.toThrow(LogDamaged);
    });
    expect(await readLeaves(database.pool, 'org_damaged', { from: 0, to: 5 })).toHaveLength(5);
  });
});
