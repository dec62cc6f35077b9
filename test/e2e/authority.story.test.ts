import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { CLI, House, toolCall } from './house.ts';

// Two servers on one database, as two machines would be, and two organisations that know nothing of each other.

let database: TestDatabase;
let env: NodeJS.ProcessEnv;
let one: House;
let other: House;
let theirs: { readonly governanceKey: string; readonly accessKey: string };

async function deponent(...args: string[]): Promise<string> {
  const given = [...args, '--data', join(one.directory, 'data')];
  return (await promisify(execFile)(process.execPath, [CLI, ...given], { env: { ...process.env, ...env } })).stdout;
}

beforeAll(async () => {
  database = await createTestDatabase();
  env = { DATABASE_URL: database.url, DEPONENT_DEPLOYMENT_KEY: randomBytes(32).toString('hex'), DEPONENT_RATE_LIMIT_CALLS: '0' };
  one = await House.start({ env });
  const directory = mkdtempSync(join(tmpdir(), 'deponent-e2e-'));
  cpSync(join(one.directory, 'data', 'first-run.json'), join(directory, 'data', 'first-run.json'));
  other = await House.start({ directory, env });
  await deponent('organization', 'create', '--name', 'Theirs', '--owner', 'owner@theirs.example');
  const ofTheirs = ['key', 'create', '--user', 'owner@theirs.example'];
  const governanceKey = (await deponent(...ofTheirs, '--type', 'governance', '--scopes', 'governance:read,governance:export,governance:admin')).trim();
  theirs = { governanceKey, accessKey: (await deponent(...ofTheirs)).trim() };
}, 120_000);

afterAll(async () => {
  expect([await one.end(), await other.end()]).toEqual([0, 0]);
  rmSync(one.directory, { recursive: true, force: true });
  await database.drop();
}, 30_000);

const PASSWORD = 'a password of some length';

async function api(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const given = { authorization: `Bearer ${one.firstRun.governanceKey}`, 'content-type': 'application/json', ...headers };
  const sent = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
  return fetch(`${one.governanceUrl}/api/v1${path}`, { method, headers: sent, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
}

// biome-ignore lint/suspicious/noExplicitAny: what a server says is checked by the tests, value by value.
async function said(answer: Promise<Response>, status = 200): Promise<any> {
  const response = await answer;
  const text = await response.text();
  expect([response.status, text]).toEqual([status, text]);
  return text === '' ? null : JSON.parse(text);
}

let people = 0;

/** Somebody who was invited, accepted, signed in and made a key. */
async function person(role: string, sites: { siteId: string; role: string; expiresAt?: string }[] = []) {
  const email = `person-${people++}@example.org`;
  const { token } = await said(api('POST', '/members', { email, role, sites }), 201);
  const { userId } = await said(
    api('POST', '/invitations/accept', { token, password: PASSWORD, name: 'Eve' }, { authorization: '', 'x-deponent-console': '1' }),
  );
  const signedIn = await api('POST', '/session', { email, password: PASSWORD }, { authorization: '', 'x-deponent-console': '1' });
  expect(signedIn.status).toBe(201);
  const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '';
  const session = { authorization: '', cookie, 'x-deponent-console': '1' };
  const key = await said(api('POST', '/keys', { type: 'mcp', name: 'laptop', scopes: ['mcp:read', 'mcp:write'] }, session), 201);
  return { email, userId, session, keyId: key.keyId as string, secret: key.secret as string };
}

async function outcome(house: House, secret: string, siteId: string): Promise<string> {
  const answer = await house.call('content_get_site_metadata', { siteId }, { headers: { authorization: `Bearer ${secret}` } });
  return answer.result?.structuredContent.error?.code ?? (answer.result ? 'answered' : `${answer.error.code}`);
}

describe('what is revoked in one process (SECURITY 19)', () => {
  const revocations = [
    ['a key', 'idle', (who: Awaited<ReturnType<typeof person>>) => api('DELETE', `/keys/${who.keyId}`), '-32001'],
    ['a key', 'under 32 connections', (who: Awaited<ReturnType<typeof person>>) => api('DELETE', `/keys/${who.keyId}`), '-32001'],
    ['a membership', 'under 32 connections', (who: Awaited<ReturnType<typeof person>>) => api('DELETE', `/members/${who.userId}`), '-32001'],
    [
      'a site role',
      'under 32 connections',
      (who: Awaited<ReturnType<typeof person>>) => api('DELETE', `/sites/${one.firstRun.siteId}/members/${who.userId}`),
      'not_found',
    ],
    ['MCP of the site', 'under 32 connections', () => api('PATCH', `/sites/${one.firstRun.siteId}`, { mcp: false }), 'not_found'],
  ] as const;

  it.each(revocations)(
    '%s, %s: of 1,000 calls started after the answer none succeeds in either process',
    async (_what, how, revoke, code) => {
      const { siteId } = one.firstRun;
      const who = await person('member', [{ siteId, role: 'viewer' }]);
      for (const house of [one, other]) expect(await outcome(house, who.secret, siteId)).toBe('answered');
      let loading = how !== 'idle';
      const load = [one, other].flatMap((house) =>
        Array.from({ length: 16 }, async () => {
          while (loading) expect(['answered', code]).toContain(await outcome(house, who.secret, siteId));
        }),
      );
      const answered = await revoke(who);
      expect([200, 204]).toContain(answered.status);
      const after = await Promise.all([one, other].flatMap((house) => Array.from({ length: 500 }, () => outcome(house, who.secret, siteId))));
      expect([after.length, ...new Set(after)]).toEqual([1_000, code]);
      loading = false;
      await Promise.all(load);
      await said(api('PATCH', `/sites/${siteId}`, { mcp: true }));
    },
    90_000,
  );

  it('and a removed member is gone from the pages, the lists and the other process; invited again, without what they had', async () => {
    const who = await person('admin');
    await said(api('GET', '/session', undefined, who.session));
    await said(api('DELETE', `/members/${who.userId}`), 204);
    await said(api('GET', '/session', undefined, who.session), 401);
    await said(api('GET', `/members/${who.userId}`), 404);
    const { token } = await said(api('POST', '/members', { email: who.email }), 201);
    await said(api('POST', '/invitations/accept', { token, password: PASSWORD }, { authorization: '', 'x-deponent-console': '1' }));
    await said(api('GET', '/session', undefined, who.session), 401);
    expect(await outcome(other, who.secret, one.firstRun.siteId)).toBe('-32001');
  });

  it('ends by itself where a membership of a site was given for a time', async () => {
    const { siteId } = one.firstRun;
    const expiresAt = new Date(Date.now() + 2_500).toISOString();
    const who = await person('member', [{ siteId, role: 'editor', expiresAt }]);
    expect(await outcome(other, who.secret, siteId)).toBe('answered');
    await one.eventually(
      () => outcome(other, who.secret, siteId),
      (code) => code === 'not_found',
    );
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expiresAt));
    const { result } = await one.call('content_list_sites', {}, { headers: { authorization: `Bearer ${who.secret}` } });
    expect(result.structuredContent.items).toEqual([]);
  });
});

describe('a site as each person sees it', () => {
  it('shows the real role and what it permits; read-only stops every write, archived hides it', async () => {
    const { siteId } = one.firstRun;
    const who = await person('member', [{ siteId, role: 'uploader' }]);
    const as = { headers: { authorization: `Bearer ${who.secret}` } };
    const seen = async () => (await other.call('content_get_site_metadata', { siteId }, as)).result.structuredContent;
    expect(await seen()).toMatchObject({
      role: 'uploader',
      relationship: 'shared',
      accepted: true,
      readOnly: false,
      permissions: { upload: true, edit: false },
    });
    const save = async () => (await one.call('content_save_file', { siteId, name: 'a.md', content: 'a' }, as)).result.structuredContent.error?.code ?? 'saved';
    expect(await save()).toBe('saved');
    await said(api('PATCH', `/sites/${siteId}`, { readOnly: true }));
    expect([await save(), (await seen()).readOnly]).toEqual(['read_only', true]);
    await said(api('PATCH', `/sites/${siteId}`, { readOnly: false, archived: true }));
    expect([await save(), (await seen()).error?.code]).toEqual(['not_found', 'not_found']);
    await said(api('PATCH', `/sites/${siteId}`, { archived: false }));
    await said(api('POST', `/sites/${siteId}/members`, { members: [{ userId: who.userId, role: 'viewer' }] }));
    expect([await save(), (await seen()).accepted]).toEqual(['permission_denied', false]);
    await said(api('POST', `/sites/${siteId}/accept`, undefined, who.session), 204);
    expect((await seen()).accepted).toBe(true);
  });

  it('a new site is its maker’s, and a key bound to it opens no other', async () => {
    const { siteId } = await said(api('POST', '/sites', { name: 'Second' }), 201);
    const bound = await said(api('POST', '/keys', { type: 'mcp', name: 'bound', scopes: ['mcp:read'], siteId }), 201);
    expect(bound).toMatchObject({ siteId, status: 'active', lastUsed: null });
    expect(await outcome(other, bound.secret, siteId)).toBe('answered');
    expect(await outcome(other, bound.secret, one.firstRun.siteId)).toBe('not_found');
    const { result } = await one.call('content_list_sites', {}, { headers: { authorization: `Bearer ${bound.secret}` } });
    expect(result.structuredContent.items.map((site: { siteId: string }) => site.siteId)).toEqual([siteId]);
    const used = await one.eventually(
      () => one.governance('GET', `/keys/${bound.keyId}`),
      ({ lastUsed }) => lastUsed !== null,
    );
    expect(used.lastUsed).toMatchObject({ address: expect.stringContaining('127.0.0.1'), at: expect.any(String) });
    expect(JSON.stringify(used)).not.toContain(bound.secret);
  });
});

describe('another organisation (SECURITY 7), and identifiers that look like patterns (25)', () => {
  const UNKNOWN = { site: 'sit_aaaaaaaaaaaaaaaaaaaaaaaaaa', content: 'con_aaaaaaaaaaaaaaaaaaaaaaaaaa' };
  /** An answer without what differs between any two calls. */
  const comparable = (text: string) => text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|sha256:[0-9a-f]{64}/g, '…').replace(/call_…/g, '…');

  it('finds nothing of ours with any tool: the same bytes as for what does not exist', async () => {
    const saved = await one.call('content_save_file', { siteId: one.firstRun.siteId, name: 'ours.md', content: 'ours' });
    const ours = { site: one.firstRun.siteId, content: saved.result.structuredContent.contentId as string };
    const asking = ({ site, content }: typeof ours): [string, Record<string, unknown>][] => [
      ['content_get_site_metadata', { siteId: site }],
      ['content_list_content', { siteId: site }],
      ['content_get_content_metadata', { contentId: content }],
      ['content_list_content_versions', { contentId: content }],
      ['content_retrieve_file_content', { contentId: content }],
      ['content_save_file', { siteId: site, name: 'a.md', content: 'a' }],
      ['content_save_file', { siteId: site, fileId: content, content: 'a' }],
      ['content_create_folder', { siteId: site, name: 'a' }],
    ];
    const ask = async (name: string, given: Record<string, unknown>) => {
      const response = await one.post(toolCall(name, given), { ...one.headersFor(toolCall(name, given)), authorization: `Bearer ${theirs.accessKey}` });
      return `${response.status} ${comparable(await response.text())}`;
    };
    const patterns = ['%', '_', '*', '**', `${ours.site.slice(0, 8)}%`, "' or '1'='1"].map((id) => ({ site: id, content: id }));
    for (const ids of [ours, ...patterns]) {
      for (const [at, [name, given]] of asking(ids).entries()) {
        const unknown = asking(UNKNOWN)[at]?.[1] ?? {};
        expect([name, await ask(name, given)]).toEqual([name, await ask(name, unknown)]);
        expect(await ask(name, given)).toContain('not_found');
      }
    }
    expect((await one.call('content_list_sites', {}, { headers: { authorization: `Bearer ${theirs.accessKey}` } })).result.structuredContent.items).toEqual([]);
  }, 60_000);

  it('finds nothing of ours over the governance API, and changes nothing', async () => {
    const who = await person('member');
    const { items } = await one.governance('GET', '/audit?limit=1');
    const { siteId } = one.firstRun;
    const [recordId, correlationId] = [items[0].recordId, items[0].correlationId];
    const calls = (id: { key: string; member: string; site: string; record: string; group: string }): [string, string, unknown?][] => [
      ['GET', `/keys/${id.key}`],
      ['PATCH', `/keys/${id.key}`, { name: 'theirs' }],
      ['DELETE', `/keys/${id.key}`],
      ['GET', `/members/${id.member}`],
      ['PATCH', `/members/${id.member}`, { role: 'owner' }],
      ['DELETE', `/members/${id.member}`],
      ['GET', `/sites/${id.site}`],
      ['PATCH', `/sites/${id.site}`, { archived: true }],
      ['GET', `/sites/${id.site}/members`],
      ['POST', `/sites/${id.site}/members`, { members: [{ userId: id.member, role: 'owner' }] }],
      ['DELETE', `/sites/${id.site}/members/${id.member}`],
      ['POST', `/sites/${id.site}/accept`],
      ['GET', `/evidence/${id.record}`],
      ['GET', `/evidence/${id.record}/proof`],
      ['GET', `/correlations/${encodeURIComponent(id.group)}`],
    ];
    const ask = async ([method, path, body]: [string, string, unknown?]) => {
      const response = await api(method, path, body, { authorization: `Bearer ${theirs.governanceKey}` });
      return `${response.status} ${comparable(await response.text())}`;
    };
    const unknown = { key: 'key_a', member: 'usr_a', site: 'sit_a', record: '00000000-0000-7000-8000-000000000000', group: 'cor_a' };
    const ours = { key: who.keyId, member: who.userId, site: siteId, record: recordId, group: correlationId };
    const pattern = { key: '%25', member: '%25', site: '%25', record: '%25', group: '%25' };
    for (const [at, call] of calls(unknown).entries()) {
      const answer = await ask(call);
      expect([call, answer]).toEqual([call, expect.stringMatching(/^404 /)]);
      for (const ids of [ours, pattern]) expect([call, await ask(calls(ids)[at] ?? call)]).toEqual([call, answer]);
    }
    for (const list of ['/keys', '/members', '/sites', '/audit', '/evidence', '/correlations'])
      expect(JSON.stringify(await said(api('GET', list, undefined, { authorization: `Bearer ${theirs.governanceKey}` })))).not.toMatch(
        new RegExp(`${siteId}|${who.userId}|${who.keyId}|${recordId}`),
      );
    expect(await outcome(other, who.secret, siteId)).toBe('not_found');
    await said(api('GET', `/members/${who.userId}`));
  }, 60_000);
});

describe('people', () => {
  it('reach over the governance API what their role reaches', async () => {
    const reached = async (role: string) => {
      const { session } = await person(role);
      const calls = [
        api('GET', '/audit', undefined, session),
        api('POST', '/exports', { scope: { from: '2026-01-01T00:00:00Z', to: '2026-01-01T00:00:01Z' }, profile: 'full', reason: 'test' }, session),
        api('GET', '/members', undefined, session),
        api('POST', '/members', { email: 'someone@example.org' }, session),
        api('GET', '/keys', undefined, session),
      ];
      return Promise.all(calls.map(async (call) => (await call).status));
    };
    const [may, mayNot] = [expect.any(Number), 403];
    expect([await reached('member'), await reached('auditor'), await reached('compliance_admin'), await reached('admin')]).toEqual([
      [403, mayNot, mayNot, mayNot, 200],
      [200, mayNot, mayNot, mayNot, 200],
      [200, may, 200, mayNot, 200],
      [200, may, 200, 201, 200],
    ]);
  }, 60_000);

  it('are signed in by a cookie that only our own pages can use', async () => {
    const { admin } = one.firstRun;
    const header = { authorization: '' };
    for (const origin of ['https://evil.example', 'null']) await said(api('POST', '/session', admin, { ...header, origin }), 403);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded'])
      await said(api('POST', '/session', admin, { ...header, 'content-type': type }), 400);
    const wrong = await api('POST', '/session', { ...admin, password: 'wrong' }, header);
    expect([wrong.status, wrong.headers.get('set-cookie')]).toEqual([401, null]);
    const response = await api('POST', '/session', admin, header);
    const [cookie = '', ...attributes] = (response.headers.get('set-cookie') ?? '').split('; ');
    expect([cookie, ...attributes]).toEqual([
      expect.stringMatching(/^deponent_console=dpn_ses_[a-z2-7]{78}$/),
      'Path=/',
      'Max-Age=43200',
      'HttpOnly',
      'SameSite=Strict',
    ]);
    expect(await response.json()).toMatchObject({ user: { email: admin.email }, role: 'owner', organizationId: one.firstRun.organizationId });

    const change = (headers: Record<string, string>) => api('PUT', '/settings', { name: 'Ours' }, { authorization: '', cookie, ...headers });
    const own = one.governanceUrl;
    for (const foreign of [{}, { 'x-deponent-console': '1', origin: 'https://evil.example' }, { 'x-deponent-console': '1', origin: 'null' }])
      await said(change(foreign), 403);
    expect(await said(change({ 'x-deponent-console': '1', origin: own }))).toMatchObject({ name: 'Ours', keys: 'everyone' });
    await said(api('DELETE', '/session', undefined, { authorization: '', cookie, 'x-deponent-console': '1' }), 204);
    await said(change({ 'x-deponent-console': '1' }), 401);
  });

  it('are named by what they changed; the operator by nobody', async () => {
    const { userId, keyId, session, email } = await person('admin');
    await said(api('DELETE', `/keys/${keyId}`, undefined, session), 204);
    const { items } = await said(api('GET', '/changes?limit=2', undefined, session));
    expect(items).toMatchObject([
      { change: 'KeyRevoked', by: { id: userId, email }, data: { keyId } },
      { change: 'KeyCreated', by: { id: userId, email }, data: { keyId, userId, type: 'mcp', scopes: ['mcp:read', 'mcp:write'] } },
    ]);
    const theirChanges = await said(api('GET', '/changes', undefined, { authorization: `Bearer ${theirs.governanceKey}` }));
    expect(theirChanges.items.map(({ change, by }: { change: string; by: unknown }) => [change, by])).toEqual([
      ['KeyCreated', null],
      ['KeyCreated', null],
      ['MemberAdded', null],
      ['OrganizationCreated', null],
    ]);
  });

  it('change their own password, which ends every session', async () => {
    const { email, session } = await person('member');
    const password = 'another password of some length';
    await said(api('PUT', '/session/password', { current: 'wrong', password }, session), 403);
    await said(api('PUT', '/session/password', { current: PASSWORD, password: 'short' }, session), 400);
    await said(api('PUT', '/session/password', { current: PASSWORD, password }, session), 204);
    await said(api('GET', '/session', undefined, session), 401);
    const again = { authorization: '', 'x-deponent-console': '1' };
    await said(api('POST', '/session', { email, password: PASSWORD }, again), 401);
    await said(api('POST', '/session', { email, password }, again), 201);
  });
});

it('the operator makes, lists and ends keys on the machine itself', async () => {
  const made = JSON.parse(await deponent('key', 'create', '--user', one.firstRun.admin.email, '--name', 'by hand', '--json'));
  expect(await outcome(other, made.secret, one.firstRun.siteId)).toBe('answered');
  const listed = (await deponent('key', 'list', '--json'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(listed.find(({ keyId }) => keyId === made.keyId)).toMatchObject({ name: 'by hand', status: 'active' });
  expect(JSON.stringify(listed)).not.toContain('dpn_mcp_');
  await deponent('key', 'revoke', made.keyId);
  expect(await outcome(other, made.secret, one.firstRun.siteId)).toBe('-32001');
  await expect(deponent('key', 'create', '--user', 'nobody@example.org')).rejects.toThrow('There is no member');
}, 60_000);
