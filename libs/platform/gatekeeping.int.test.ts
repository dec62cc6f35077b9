import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { Sql } from '#event-store';
import { createPostgresEventStore, type PostgresEventStore } from '#event-store/postgres';
import { denials, sealNext } from '#evidence';
import { createOrganization, ensureSystemLog, logIdentities, SYSTEM_ORGANIZATION } from '#identity';
import { openDisclosure, openDisclosures, parseEvent } from '#ledger';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts';
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
