import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { admission, sharedBuckets } from '#calls';
import type { Sql } from '#event-store';
import { createPostgresEventStore, type PostgresEventStore } from '#event-store/postgres';
import { denials, sealNext } from '#evidence';
import { createOrganization, ensureSystemLog, logIdentities, SYSTEM_ORGANIZATION } from '#identity';
import { openDisclosure, openDisclosures, parseEvent } from '#ledger';
import type { Caller } from '#tools';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts';
import { inMemoryBuckets } from '../calls/admission-buckets.fixture.ts';
import { inlineViews } from './house.ts';

let database: TestDatabase;
let pool: pg.Pool;
let store: PostgresEventStore;
let sql: Sql;

const means = { clock: Date.now, random: (length: number) => randomBytes(length), deploymentKey: randomBytes(32), deploymentName: 'test' };

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 8 });
  pool.on('error', () => undefined);
  const connect = () => new pg.Client({ connectionString: database.url, pipeline: true }).connect();
  store = createPostgresEventStore({ pool, connect, inlineViews, clock: Date.now });
  sql = { query: (text, values) => pool.query(text, values === undefined ? undefined : [...values]) };
});
afterAll(async () => {
  await store.close();
  await pool.end();
  await database.drop();
});

const caller = (key: string): Caller => ({
  organization: 'org_1',
  user: 'usr_1',
  credential: { id: key, type: 'access_key' },
  client: null,
  scopes: new Set(),
  boundSite: null,
});

describe('shared buckets', () => {
  it('do what the arithmetic says, whatever is asked when', async () => {
    const step = fc.record({ wait: fc.integer({ min: 0, max: 4_000 }), wanted: fc.integer({ min: 1, max: 5 }) });
    const limit = fc.record({ calls: fc.integer({ min: 5, max: 20 }), windowMilliseconds: fc.integer({ min: 1_000, max: 20_000 }) });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(limit, fc.array(step, { minLength: 1, maxLength: 30 }), async (each, steps) => {
        const [shared, model, bucket] = [sharedBuckets(sql), inMemoryBuckets(), `bucket ${run++}`];
        let now = 1_763_600_000_000;
        for (const { wait, wanted } of steps) {
          now += wait;
          const [got, expected] = [await shared.lease(bucket, each, wanted, now), await model.lease(bucket, each, wanted, now)];
          expect({ ...got, nextAt: Math.round(got.nextAt) }).toEqual({ ...expected, nextAt: Math.round(expected.nextAt) });
        }
      }),
      { numRuns: 40 },
    );
  });

  it('two processes that are asked at once admit what one bucket holds, and record one refusal', async () => {
    const now = Date.now();
    const limit = { calls: 200, windowMilliseconds: 900_000 };
    const counted: string[] = [];
    const processes = [0, 1].map(() =>
      admission(limit, { buckets: sharedBuckets(sql), clock: () => now, counted: ({ credential }) => counted.push(credential.id) }),
    );
    const outcomes = await Promise.all(Array.from({ length: 1_000 }, (_, call) => processes[call % 2]!.admit(caller('key_shared'))));
    const refused = outcomes.filter((each) => each.outcome === 'refused');
    expect(refused).toHaveLength(800);
    expect(refused.filter(({ recorded }) => recorded)).toHaveLength(1);
    expect(counted).toHaveLength(799);
  });

  it('a bucket that is full again is forgotten', async () => {
    const buckets = sharedBuckets(sql);
    await buckets.lease('full soon', { calls: 5, windowMilliseconds: 1_000 }, 5, 1_000);
    await buckets.sweep(1_500);
    const rows = async () => (await pool.query(`select from admission_buckets where bucket = 'full soon'`)).rowCount;
    expect(await rows()).toBe(1);
    await buckets.sweep(2_001);
    expect(await rows()).toBe(0);
  });
});

describe('denied calls', () => {
  const owner = { userId: 'usr_ada', email: 'ada@example.org', name: 'Ada' };
  const identities = () => logIdentities({ sql, deploymentKey: means.deploymentKey });

  async function recordsOf(organization: string) {
    const { vaultKey } = await identities().of(organization);
    const stored = (await store.readAll({ after: 0, limit: 1_000, organization })).filter(({ type }) => type === 'deponent.access.denied.v1');
    return Promise.all(
      stored.map(async ({ id, body }) => {
        const { rows } = await pool.query<{ ciphertext: Buffer }>(`select ciphertext from items_vault where kind = 'disclosure' and id = $1`, [id]);
        const disclosed = openDisclosures(vaultKey, id, rows[0]!.ciphertext).map((text) => openDisclosure(text));
        return { event: parseEvent(body.toString()), text: body.toString(), disclosed: Object.fromEntries(disclosed.map(({ name, value }) => [name, value])) };
      }),
    );
  }

  it('are counted by source, and each count is one record of the log it belongs to', async () => {
    const { organizationId, request } = createOrganization({ name: 'Acme', origin: 'deponent/test/acme', owner }, means);
    await store.append(request);
    let now = Date.parse('2026-11-20T10:00:00.000Z');
    const systemOrganization = async () => {
      await Promise.all([ensureSystemLog(store, means), ensureSystemLog(store, means)]);
      return SYSTEM_ORGANIZATION;
    };
    const counting = denials({ store, identities: identities(), systemOrganization, clock: () => now, random: means.random });
    const head = await store.head();
    for (let call = 0; call < 500; call++) {
      counting.note({ kind: 'credential', address: '203.0.113.9' });
      counting.note({ kind: 'limit', organization: organizationId, user: owner.userId, credential: 'key_1' });
      now += 10;
    }
    counting.note({ kind: 'credential', address: '2001:db8::7' });
    expect(await store.head()).toBe(head);
    await counting.flush();

    const [limit, ...others] = await recordsOf(organizationId);
    expect(others).toEqual([]);
    expect(limit?.event).toMatchObject({ authtype: 'api_key', authid: 'key_1', correlationid: 'cor_control', source: 'urn:deponent:deponent/test/acme' });
    expect(limit?.event.data).toMatchObject({ actor: owner.userId, about: { count: 500, from: '2026-11-20T10:00:00.000Z', to: '2026-11-20T10:00:04.990Z' } });
    expect(limit?.disclosed).toMatchObject({ reason: 'rate_limited' });

    const strangers = await recordsOf(SYSTEM_ORGANIZATION);
    expect(strangers.map(({ event, disclosed }) => [event.source, event.authtype, event.data.actor, disclosed.people])).toEqual([
      ['urn:deponent:deponent/test/system', null, null, { client: '203.0.113.9', email: null }],
      ['urn:deponent:deponent/test/system', null, null, { client: '2001:db8::7', email: null }],
    ]);
    expect(strangers.map(({ event }) => 'about' in event.data && event.data.about)).toMatchObject([{ count: 500 }, { count: 1 }]);
    expect(strangers.map(({ text }) => text).join()).not.toMatch(/203\.0\.113|2001:db8/);
    expect(await sealNext({ database: pool, identities: identities(), clock: Date.now }, SYSTEM_ORGANIZATION)).toMatchObject({ records: 2 });

    await counting.flush();
    expect(await recordsOf(SYSTEM_ORGANIZATION)).toHaveLength(2);
  });

  it('that could not be recorded are counted on', async () => {
    let down = true;
    const failing = { append: (request: Parameters<typeof store.append>[0]) => (down ? Promise.reject(new Error('down')) : store.append(request)) };
    const systemOrganization = async () => SYSTEM_ORGANIZATION;
    const counting = denials({ store: failing, identities: identities(), systemOrganization, clock: Date.now, random: means.random });
    counting.note({ kind: 'credential', address: '198.51.100.1' });
    await expect(counting.flush()).rejects.toThrow('down');
    counting.note({ kind: 'credential', address: '198.51.100.1' });
    down = false;
    await counting.flush();
    expect((await recordsOf(SYSTEM_ORGANIZATION)).at(-1)?.event.data).toMatchObject({ about: { count: 2 } });
  });

  it('of more sources than are counted apart are one count', async () => {
    const counting = denials({ store, identities: identities(), systemOrganization: async () => SYSTEM_ORGANIZATION, clock: Date.now, random: means.random });
    const before = (await recordsOf(SYSTEM_ORGANIZATION)).length;
    for (let source = 0; source < 1_000; source++) counting.note({ kind: 'credential', address: `10.0.${source >> 8}.${source & 255}` });
    await counting.flush();
    const made = (await recordsOf(SYSTEM_ORGANIZATION)).slice(before);
    expect(made).toHaveLength(257);
    expect(made.at(-1)).toMatchObject({ event: { data: { about: { count: 744 } } }, disclosed: { people: { client: 'elsewhere' } } });
  });
});
