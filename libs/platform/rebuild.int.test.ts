import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { createPostgresEventStore, type PostgresEventStore } from '#event-store/postgres';
import { compareRebuilt, inline, rebuild } from '#evidence';
import { addMember, createKey, createOrganization, openSite, organizationKeys, revokeKey } from '#identity';
import { type ContentHouse, openContent } from '../../test/support/content.ts';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts';
import { breachesOfRebuildLaw } from '../../test/support/rebuild-law.ts';
import { inlineViews } from './house.ts';

let content: ContentHouse;
let database: TestDatabase;
let pool: pg.Pool;
let store: PostgresEventStore;

beforeAll(async () => {
  content = await openContent();
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 4 });
  const connect = () => new pg.Client({ connectionString: database.url, pipeline: true }).connect();
  store = createPostgresEventStore({ pool, connect, inlineViews, clock: Date.now });
});
afterAll(async () => {
  await content.close();
  await store.close();
  await pool.end();
  await database.drop();
});

const viewNamed = (name: string) => inlineViews.find((view) => view.name === name)!;

it('the view of identity is its rebuild, and no rebuild that skips any one event', async () => {
  const means = { clock: Date.now, random: (length: number) => randomBytes(length), deploymentKey: randomBytes(32) };
  const owner = { userId: 'usr_ada', email: 'ada@example.org', name: 'Ada' };
  const { userId } = owner;
  const { organizationId, secret, request } = createOrganization({ name: 'Acme', origin: 'deponent/test/acme', owner }, means);
  const vaultKey = organizationKeys(secret).vault;
  const member = addMember({ organizationId, email: 'bob@example.org', name: 'Bob', role: 'auditor', vaultKey }, means);
  const facts = { organizationId, userId, type: 'mcp' as const, name: 'key', scopes: ['mcp:read'], siteId: null, expiresAt: null, vaultKey };
  const [kept, revoked] = [createKey(facts, means), createKey(facts, means)];
  const site = { organization: organizationId, ...openSite({ organizationId, siteId: 'sit_1', owners: [userId] }, means) };
  for (const append of [request, member.request, kept.request, revoked.request, site, revokeKey({ organizationId, keyId: revoked.keyId }, means)])
    await store.append(append);

  const view = viewNamed('identity');
  expect(await breachesOfRebuildLaw(pool, store, inline(view), ({ type }) => view.handles.includes(type))).toEqual([]);
  expect(await rebuild(pool, store, inline(view))).toMatchObject({ identical: true });
});

it('the view of content is its rebuild, and no rebuild that skips any one event', async () => {
  const organization = content.organization();
  const siteId = await organization.site('HR');
  const folder = await organization.folder(siteId, null, 'Policies');
  const inner = await organization.folder(siteId, folder, 'Old');
  const file = await organization.file(siteId, inner, 'leave.md', '# Leave\n30 days\n');
  await organization.version(siteId, file, '# Leave\n31 days\n');
  await organization.file(siteId, null, 'notes.txt', 'notes');

  const view = viewNamed('content_tree');
  expect(await breachesOfRebuildLaw(content.pool, content.store, inline(view), ({ type }) => view.handles.includes(type))).toEqual([]);
  expect(await rebuild(content.pool, content.store, inline(view))).toMatchObject({ identical: true });
  await organization.version(siteId, file, '# Leave\n32 days\n');
  expect(await compareRebuilt(content.pool, content.store, inline(view))).toMatchObject({ identical: true });
});

it('the search index is its rebuild, and no rebuild that skips any one event', async () => {
  const organization = content.organization();
  const siteId = await organization.site('Indexed');
  const file = await organization.file(siteId, null, 'leave.md', '# Leave\n30 days\n');
  await organization.file(siteId, null, 'photo.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1]));
  await organization.version(siteId, file, '# Leave\n31 days of holiday\n');
  await organization.file(siteId, null, 'notes.txt', 'notes of holidays');
  await content.follow();

  const wants = ['content.SiteCreated', 'content.FileSaved'];
  expect(await breachesOfRebuildLaw(content.pool, content.store, content.index, ({ type }) => wants.includes(type))).toEqual([]);
  expect(await rebuild(content.pool, content.store, content.index)).toMatchObject({ view: 'search_index', identical: true });
  await organization.version(siteId, file, '# Leave\n32 days\n');
  await content.follow();
  expect(await compareRebuilt(content.pool, content.store, content.index)).toMatchObject({ identical: true });
});
