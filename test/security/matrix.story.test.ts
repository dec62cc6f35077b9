import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '#kernel';
import { content } from '#packs/content';
import { House, toolCall } from '../e2e/house.ts';
import { askConsole, newMember } from '../e2e/people.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { secondOrganization } from '../support/second-organization.ts';

// Every tool of the catalogue against every reason for which it must not answer, over the wire. A tool without a sample
// call fails the first test, so that none is forgotten.

type Place = { readonly siteId: string; readonly folderId: string; readonly contentId: string };

const fresh = () => newId('content', (length) => randomBytes(length));
const nowhere = (): Place => ({ siteId: `sit_${fresh().slice(4)}`, folderId: fresh(), contentId: fresh() });

const SAMPLES: Readonly<Record<string, (place: Place) => Record<string, unknown>>> = {
  content_list_sites: () => ({}),
  content_get_site_metadata: ({ siteId }) => ({ siteId }),
  content_list_content: ({ siteId }) => ({ siteId }),
  content_get_content_metadata: ({ contentId }) => ({ contentId }),
  content_list_content_versions: ({ contentId }) => ({ contentId }),
  content_list_recent_content: () => ({}),
  content_search_content: () => ({ q: 'policy' }),
  content_retrieve_context: () => ({ query: 'leave policy' }),
  content_retrieve_file_content: ({ contentId }) => ({ contentId }),
  content_save_file: ({ siteId }) => ({ siteId, name: `${fresh()}.md`, content: 'new' }),
  content_create_folder: ({ siteId }) => ({ siteId, name: fresh() }),
  content_help: () => ({}),
  search: () => ({ query: 'policy' }),
};

const tools = content.tools.map(({ kind, tool }) => ({ name: tool.name, scope: tool.scope, writes: kind === 'write' }));
/** Tools that are told where; the others answer about what there is to see. */
const placed = tools.filter(({ name }) => Object.keys(SAMPLES[name]?.(nowhere()) ?? {}).some((argument) => argument.endsWith('Id')));

const deploymentKey = randomBytes(32);
let database: TestDatabase;
let house: House;
let own: Place;
let other: Place;
let foreign: Place;
let second: Awaited<ReturnType<typeof secondOrganization>>;
let member: { userId: string; cookie: string };
let memberKey: string;
let boundKey: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const env = { DATABASE_URL: database.url, DEPONENT_DEPLOYMENT_KEY: deploymentKey.toString('hex'), DEPONENT_RATE_LIMIT_CALLS: '0' };
  house = await House.start({ env });
  second = await secondOrganization(database.url, deploymentKey);
  own = await furnish(house.firstRun.siteId, house.firstRun.accessKey);
  const { siteId } = await house.governance('POST', '/sites', { name: 'Other' });
  other = await furnish(siteId, house.firstRun.accessKey);
  foreign = await furnish(second.siteId, second.access);
  member = await newMember(house, 'member@example.org', { sites: [{ siteId: own.siteId, role: 'editor' }] });
  memberKey = (await accessKey(member)).secret;
  boundKey = (await accessKey('owner', { siteId: own.siteId })).secret;
}, 120_000);

afterAll(async () => {
  await house.end();
  await database.drop();
}, 30_000);

async function said(access: string, name: string, place: Place) {
  const response = await house.post(toolCall(name, SAMPLES[name]?.(place) ?? {}), { authorization: `Bearer ${access}` });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

/** `answered`, the error word, or the HTTP status. */
async function outcome(access: string, name: string, place: Place): Promise<string> {
  const { status, body } = await said(access, name, place);
  if (status !== 200) return String(status);
  return body.error?.data.code ?? body.result.structuredContent.error?.code ?? 'answered';
}

async function outcomes(access: string, place: Place, among: readonly { readonly name: string }[] = tools): Promise<Record<string, string>> {
  return Object.fromEntries(await Promise.all(among.map(async ({ name }) => [name, await outcome(access, name, place)] as const)));
}

const all = (among: readonly { readonly name: string }[], word: string) => Object.fromEntries(among.map(({ name }) => [name, word]));
const byKind = (read: string, write: string, among = tools) => Object.fromEntries(among.map(({ name, writes }) => [name, writes ? write : read]));

async function furnish(siteId: string, access: string): Promise<Place> {
  const make = async (name: string, given: Record<string, unknown>) => {
    const { result } = await house.call(name, given, { headers: { authorization: `Bearer ${access}` } });
    return result.structuredContent.contentId as string;
  };
  const folderId = await make('content_create_folder', { siteId, name: 'Policies' });
  return { siteId, folderId, contentId: await make('content_save_file', { siteId, folderId, name: 'leave-policy.md', content: 'The leave policy.\n' }) };
}

async function as(key: string, method: string, path: string, body?: unknown) {
  const response = await house.governanceResponse(method, path, body, key);
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}

/** A key that a person makes for themselves: the owner by the key of the first run, others in the console. */
async function accessKey(of: { readonly cookie: string } | 'owner', more: Record<string, unknown> = {}): Promise<{ keyId: string; secret: string }> {
  const wanted = { type: 'mcp', name: 'key', scopes: ['mcp:read', 'mcp:write'], ...more };
  if (of !== 'owner') return (await askConsole(house, 'POST', '/keys', wanted, of.cookie)).said;
  const made = await as(house.firstRun.governanceKey, 'POST', '/keys', wanted);
  expect(made.status).toBe(201);
  return made.body;
}

it('has a sample call for every tool', () => {
  expect(Object.keys(SAMPLES).sort()).toEqual(tools.map(({ name }) => name).sort());
});

describe('every tool', () => {
  it('answers whoever may', async () => {
    expect(await outcomes(house.firstRun.accessKey, own)).toEqual(all(tools, 'answered'));
    expect(await outcomes((await accessKey(member)).secret, own)).toEqual(all(tools, 'answered'));
  });

  it('refuses a key without its scope, and names the scope', async () => {
    for (const scope of ['mcp:read', 'mcp:write']) {
      const { secret } = await accessKey('owner', { scopes: [scope] });
      const expected = Object.fromEntries(
        tools.map((tool) => [tool.name, tool.scope === scope || tool.name === 'content_help' ? 'answered' : 'scope_missing']),
      );
      expect(await outcomes(secret, own)).toEqual(expected);
    }
  });

  it('refuses a role that does not reach so far', async () => {
    await house.governance('POST', `/sites/${own.siteId}/members`, { members: [{ userId: member.userId, role: 'viewer' }] });
    const { secret } = await accessKey(member);
    expect(await outcomes(secret, own)).toEqual(byKind('answered', 'permission_denied'));
    await house.governance('POST', `/sites/${own.siteId}/members`, { members: [{ userId: member.userId, role: 'editor' }] });
  });

  it.each([
    ['another organisation', () => house.firstRun.accessKey, () => foreign],
    ['another site of the organisation', () => memberKey, () => other],
    ['a site the key is not bound to', () => boundKey, () => other],
  ])('does not see %s: the same bytes as for what does not exist', async (_what, access, place) => {
    expect(await outcomes(access(), place(), placed)).toEqual(all(placed, 'not_found'));
    const withoutIds = (text: unknown) => JSON.stringify(text).replace(/01[0-9a-f]{6}-[0-9a-f]{4}-7[0-9a-f-]{21}|sha256:[0-9a-f]{64}/g, '…');
    for (const { name } of placed) expect(withoutIds(await said(access(), name, place()))).toBe(withoutIds(await said(access(), name, nowhere())));
    for (const { name } of tools.filter((tool) => !placed.includes(tool))) {
      const text = JSON.stringify(await said(access(), name, place()));
      for (const id of Object.values(place())) expect(text).not.toContain(id);
    }
  });

  it('stops with the membership of a site', async () => {
    const expiresAt = new Date(Date.now() + 2_500).toISOString();
    const guest = await newMember(house, 'guest@example.org', { sites: [{ siteId: own.siteId, role: 'editor', expiresAt }] });
    const { secret } = await accessKey(guest);
    expect(await outcome(secret, 'content_retrieve_file_content', own)).toBe('answered');
    await pause(2_600);
    expect(await outcomes(secret, own, placed)).toEqual(all(placed, 'not_found'));
  });

  it('only reads on a read-only site, and sees no archived site and none without MCP', async () => {
    const { firstRun } = house;
    const site = (switches: object) => house.governance('PATCH', `/sites/${own.siteId}`, switches);
    await site({ readOnly: true });
    expect(await outcomes(firstRun.accessKey, own)).toEqual(byKind('answered', 'read_only'));
    await site({ readOnly: false, archived: true });
    expect(await outcomes(firstRun.accessKey, own, placed)).toEqual(all(placed, 'not_found'));
    await site({ archived: false, mcp: false });
    expect(await outcomes(firstRun.accessKey, own, placed)).toEqual(all(placed, 'not_found'));
    await site({ mcp: true });
    expect(await outcomes(firstRun.accessKey, own)).toEqual(all(tools, 'answered'));
  });

  it('stops with MCP of the account, and with MCP of the organisation', async () => {
    const { secret } = await accessKey(member);
    const { version: _v, hash: _h, at: _at, ...policy } = await house.governance('GET', '/policies');
    await house.governance('PUT', '/policies', { ...policy, strict: false });
    expect((await askConsole(house, 'PATCH', `/members/${member.userId}`, { account: { mcp: false } }, member.cookie)).status).toBe(200);
    expect(await outcomes(secret, own)).toEqual(all(tools, 'policy_denied'));
    expect((await askConsole(house, 'PATCH', `/members/${member.userId}`, { account: { mcp: true } }, member.cookie)).status).toBe(200);
    await house.governance('PUT', '/policies', { ...policy, mcp: false });
    expect(await outcomes(secret, own)).toEqual(all(tools, 'policy_denied'));
    await house.governance('PUT', '/policies', policy);
    expect(await outcomes(secret, own)).toEqual(all(tools, 'answered'));
  });

  it('is closed to a key that is revoked or expired, and to a member who was removed', async () => {
    const revoked = await accessKey('owner');
    expect((await as(house.firstRun.governanceKey, 'DELETE', `/keys/${revoked.keyId}`)).status).toBe(204);
    expect(await outcomes(revoked.secret, own)).toEqual(all(tools, '401'));
    const expiring = await accessKey('owner', { expiresAt: new Date(Date.now() + 1_200).toISOString() });
    await pause(1_300);
    expect(await outcomes(expiring.secret, own)).toEqual(all(tools, '401'));
    const leaving = await newMember(house, 'leaving@example.org', { sites: [{ siteId: own.siteId, role: 'editor' }] });
    const { secret } = await accessKey(leaving);
    expect(await outcome(secret, 'content_list_sites', own)).toBe('answered');
    expect((await as(house.firstRun.governanceKey, 'DELETE', `/members/${leaving.userId}`)).status).toBe(204);
    expect(await outcomes(secret, own)).toEqual(all(tools, '401'));
  });
});
