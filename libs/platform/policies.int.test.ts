import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import type { Sql } from '#event-store';
import { createPostgresEventStore, type PostgresEventStore } from '#event-store/postgres';
import { ChangePolicy, ChangePolicyHandler, getPolicy, inline, type PolicyHouse, type Requester, rebuild } from '#evidence';
import { authorityCounter, createKey, createOrganization, FIRST_POLICY, logIdentities, organizationKeys, principals } from '#identity';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts';
import { given } from '../../test/support/evidence-database.ts';
import { breachesOfRebuildLaw } from '../../test/support/rebuild-law.ts';
import { inlineViews } from './house.ts';

let database: TestDatabase;
let pool: pg.Pool;
let store: PostgresEventStore;
let house: PolicyHouse;

const means = { clock: Date.now, random: (length: number) => randomBytes(length), deploymentKey: randomBytes(32) };
const { version: _version, hash: _hash, ...rules } = FIRST_POLICY;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 4 });
  pool.on('error', () => undefined);
  const connect = () => new pg.Client({ connectionString: database.url, pipeline: true }).connect();
  store = createPostgresEventStore({ pool, connect, inlineViews, clock: Date.now });
  const sql: Sql = { query: (text, values) => pool.query(text, values === undefined ? undefined : [...values]) };
  house = { sql, store, identities: logIdentities({ sql, deploymentKey: means.deploymentKey }), isTool: (name) => name.startsWith('content_'), ...means };
});
afterAll(async () => {
  await store.close();
  await pool.end();
  await database.drop();
});

async function organization(name: string) {
  const owner = { userId: 'usr_ada', email: 'ada@example.org', name: 'Ada' };
  const { userId } = owner;
  const { organizationId, secret, request } = createOrganization({ name, origin: `deponent/test/${name}`, owner }, means);
  const facts = { organizationId, userId, type: 'mcp' as const, name: 'key', scopes: ['mcp:read'], siteId: null, expiresAt: null };
  const key = createKey({ ...facts, vaultKey: organizationKeys(secret).vault }, means);
  await store.append(request);
  await store.append(key.request);
  return { organizationId, userId, secret: key.secret };
}

async function requester(organizationId: string, actor: string): Promise<Requester> {
  const counter = authorityCounter(organizationId);
  const assert = { [counter]: (await store.counters([counter])).get(counter) ?? 0 };
  return { actor, email: 'ada@example.org', client: null, authid: 'key_1', authtype: 'api_key', assert };
}

const save = (organizationId: string, asking: Requester, body: unknown) =>
  new ChangePolicyHandler(house).execute(new ChangePolicy(organizationId, asking, body));

it('a save is a version, a record and a raised authority, and every principal read after it has it', async () => {
  const { organizationId, userId, secret } = await organization('saving');
  const who = principals({ sql: house.sql, deploymentKey: means.deploymentKey, clock: Date.now });
  const before = await who.ofNow(secret);
  expect(before?.policy).toEqual(FIRST_POLICY);
  expect(given(await getPolicy(house, organizationId, undefined))).toEqual({ ...FIRST_POLICY, at: expect.any(String) });

  const saved = given(await save(organizationId, await requester(organizationId, userId), { ...rules, mcp: false, confirm: { content_save_file: 'human' } }));
  expect(saved).toMatchObject({ version: 2, mcp: false, confirm: { content_save_file: 'human' } });
  const { at: _at, ...policy } = saved;
  const after = await who.ofNow(secret);
  expect(after?.policy).toEqual(policy);
  expect(after?.authority).toBe((before?.authority ?? 0) + 1);

  const events = (await store.readAll({ after: 0, limit: 100, organization: organizationId })).slice(-2);
  expect(events.map(({ type }) => type)).toEqual(['identity.PolicyChanged', 'deponent.policy.changed.v1']);
  expect(JSON.parse(events[1]?.body.toString() ?? '').data).toMatchObject({ class: 'control', actor: userId, about: { version: 2, hash: saved.hash } });

  expect(await getPolicy(house, organizationId, '2')).toEqual(saved);
  expect(await getPolicy(house, organizationId, '1')).toMatchObject({ ...FIRST_POLICY });
  expect(await getPolicy(house, organizationId, '3')).toMatchObject({ code: 'not_found' });
  for (const version of ['0', '-1', '1.5', 'x', "1' or true", ''])
    expect(await getPolicy(house, organizationId, version)).toMatchObject({ code: 'invalid_params' });
});

it('of two saves at once one is refused, and so is one by somebody whose authority has moved on', async () => {
  const { organizationId, userId } = await organization('racing');
  const asking = await requester(organizationId, userId);
  const both = await Promise.all([save(organizationId, asking, { ...rules, ai: false }), save(organizationId, asking, { ...rules, readOnly: true })]);
  expect(both.filter((one) => 'refused' in one)).toMatchObject([{ code: 'conflict' }]);
  expect(await save(organizationId, asking, rules)).toMatchObject({ code: 'conflict' });
  expect(await getPolicy(house, organizationId, undefined)).toMatchObject({ version: 2 });
});

it("another organisation's policy is its own", async () => {
  const [one, other] = [await organization('one'), await organization('other')];
  given(await save(one.organizationId, await requester(one.organizationId, one.userId), { ...rules, mcp: false }));
  expect(await getPolicy(house, other.organizationId, undefined)).toMatchObject({ version: 1, mcp: true });
  expect(await getPolicy(house, other.organizationId, '2')).toMatchObject({ code: 'not_found' });
});

it('the view of policies is its rebuild, and no rebuild that skips any one event', async () => {
  const view = inlineViews.find(({ name }) => name === 'policies')!;
  expect(await breachesOfRebuildLaw(pool, store, inline(view), ({ type }) => view.handles.includes(type))).toEqual([]);
  expect(await rebuild(pool, store, inline(view))).toMatchObject({ identical: true });
});
