import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { House, toolCall } from './house.ts';

// Two servers on one database, as two machines would be.

let database: TestDatabase;
let env: NodeJS.ProcessEnv;
let one: House;
let other: House;

/** Another server of the same house: same database, same keys, a directory of its own. */
function startBeside(house: House, settings: NodeJS.ProcessEnv = {}): Promise<House> {
  const directory = mkdtempSync(join(tmpdir(), 'deponent-e2e-'));
  cpSync(join(house.directory, 'data', 'first-run.json'), join(directory, 'data', 'first-run.json'));
  return House.start({ directory, env: { ...env, ...settings } });
}

beforeAll(async () => {
  database = await createTestDatabase();
  env = { DATABASE_URL: database.url, DEPONENT_DEPLOYMENT_KEY: randomBytes(32).toString('hex') };
  one = await House.start({ env });
  other = await startBeside(one);
}, 120_000);

afterAll(async () => {
  expect([await one.end(), await other.end()]).toEqual([0, 0]);
  rmSync(one.directory, { recursive: true, force: true });
  await database.drop();
}, 30_000);

const ALL_ON = {
  strict: true,
  ai: true,
  mcp: true,
  readOnly: false,
  tools: { mode: 'all', names: [] as string[] },
  governance: { active: true, raised: [] as string[] },
  confirm: {},
};

async function save(changes: Partial<typeof ALL_ON>) {
  const response = await one.governanceResponse('PUT', '/policies', { ...ALL_ON, ...changes });
  expect(response.status).toBe(200);
  return (await response.json()) as { version: number; hash: string };
}

const codeOf = (answer: { result?: { structuredContent: { error?: { code: string } } }; error?: { data?: { code: string } } }) =>
  answer.error?.data?.code ?? answer.result?.structuredContent.error?.code ?? 'answered';

async function listed(house: House): Promise<string[]> {
  const _meta = toolCall('', {}).params._meta;
  const response = await house.post({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta } });
  return ((await response.json()) as { result: { tools: { name: string }[] } }).result.tools.map(({ name }) => name);
}

describe('a policy', () => {
  it('switched off in one process is off in both on the next call, under load: of 1,000 calls started after the answer, none succeeds', async () => {
    let loading = true;
    const load = [one, other].flatMap((house) =>
      Array.from({ length: 16 }, async () => {
        for (; loading; ) expect(['answered', 'policy_denied']).toContain(codeOf(await house.call('content_list_sites')));
      }),
    );
    for (let round = 0; round < 3; round++) {
      expect(codeOf(await other.call('content_list_sites'))).toBe('answered');
      const { version, hash } = await save({ mcp: false });
      const codes = await Promise.all([one, other].flatMap((house) => Array.from({ length: 170 }, async () => codeOf(await house.call('content_list_sites')))));
      expect(new Set(codes)).toEqual(new Set(['policy_denied']));
      expect(await listed(other)).toEqual([]);

      const refused = await other.call('content_save_file', { siteId: one.firstRun.siteId, name: 'a.md', content: 'a' });
      const { recordId } = refused.result._meta['deponent/call'];
      const shown = await one.eventually(
        () => one.governance('GET', `/evidence/${recordId}`),
        ({ policy }) => policy !== undefined,
      );
      expect(shown).toMatchObject({ class: 'audit', outcome: 'refused', code: 'policy_denied', policy: { version, hash } });
      await save({});
    }
    loading = false;
    await Promise.all(load);
  }, 90_000);

  it('holds on three levels: what an account or a site switches off in one process is off in the other on the next call', async () => {
    const { siteId } = one.firstRun;
    const change = async (path: string, body: unknown) => expect((await one.governanceResponse('PATCH', path, body)).status).toBe(200);
    const sites = async () => (await other.call('content_list_sites')).result.structuredContent;
    const write = async () => codeOf(await other.call('content_create_folder', { siteId, name: `Folder ${Math.random()}` }));
    const { items: members } = await one.governance('GET', '/members');
    const account = `/members/${members[0].userId}`;

    expect((await one.governanceResponse('PATCH', account, { account: { mcp: false } })).status).toBe(403);
    await save({ strict: false });
    await change(account, { account: { mcp: false } });
    expect((await sites()).error.code).toBe('policy_denied');
    await change(account, { account: { mcp: true, readOnly: true } });
    expect([(await sites()).items.length, await write()]).toEqual([1, 'policy_denied']);
    await save({ strict: true });
    expect(await write()).toBe('answered');
    await save({ strict: false });
    await change(account, { account: { readOnly: false } });

    await change(`/sites/${siteId}`, { readOnly: true });
    expect([(await sites()).items.length, await write()]).toEqual([1, 'read_only']);
    await change(`/sites/${siteId}`, { readOnly: false, mcp: false });
    expect([(await sites()).items, await write()]).toEqual([[], 'not_found']);
    expect(codeOf(await other.call('content_get_site_metadata', { siteId }))).toBe('not_found');
    await change(`/sites/${siteId}`, { mcp: true });
    expect([(await sites()).items.length, await write()]).toEqual([1, 'answered']);
    await save({});
  }, 30_000);

  it('that takes tools away leaves nothing to tell them from tools that never were', async () => {
    await save({ tools: { mode: 'read_only', names: [] } });
    for (const house of [one, other]) {
      const names = await listed(house);
      expect(names).toContain('content_list_sites');
      expect(names).not.toContain('content_save_file');
      const [taken, unknown] = [await house.call('content_save_file', {}), await house.call('content_never_was', {})];
      const withoutTrace = (answer: object) => JSON.parse(JSON.stringify(answer).replace(/"traceId":"[^"]*"/, '"traceId":"…"'));
      expect(codeOf(taken)).toBe('unknown_tool');
      expect(withoutTrace(taken)).toEqual(withoutTrace(unknown));
    }
    await save({ readOnly: true });
    expect(await listed(other)).not.toContain('content_save_file');
    expect(codeOf(await other.call('content_save_file', { siteId: one.firstRun.siteId, name: 'a.md', content: 'a' }))).toBe('policy_denied');
    expect(codeOf(await other.call('content_list_sites'))).toBe('answered');
    await save({});
  }, 30_000);

  it('that raises a tool makes evidence of its results', async () => {
    await save({ governance: { active: true, raised: ['content_list_sites'] } });
    const { result } = await other.call('content_list_sites', { correlationId: 'raised-1' });
    const { recordId } = result.structuredContent.evidence;
    expect(result.structuredContent.evidence).toEqual(result._meta['deponent/call']);
    const shown = await one.eventually(
      () => one.governance('GET', `/evidence?kind=result`),
      ({ items }) => items?.length === 1,
    );
    expect(shown.items[0]).toMatchObject({ recordId, class: 'governed', kind: 'result', content: [], externalId: 'raised-1' });
    await save({ governance: { active: false, raised: ['content_list_sites'] } });
    expect((await other.call('content_list_sites')).result.structuredContent.evidence).toBeNull();
    await save({});
  }, 30_000);

  it('is kept in every version, shown, and changed only on the one it was read from', async () => {
    const current = await other.governance('GET', '/policies');
    expect(current).toMatchObject({ ...ALL_ON, version: expect.any(Number), hash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
    expect((await one.governance('GET', '/policies?version=1')).hash).toBe(current.hash);
    expect((await one.governance('GET', `/policies?version=${current.version - 1}`)).governance.active).toBe(false);
    for (const [query, status] of [
      ['?version=99999', 404],
      ['?version=0', 400],
      ['?versions=1', 400],
    ] as const)
      expect((await one.governanceResponse('GET', `/policies${query}`)).status).toBe(status);

    const put = (body: unknown) => one.governanceResponse('PUT', '/policies', body);
    expect((await put({ ...current, version: current.version - 1 })).status).toBe(409);
    const invalid = await put({ ...current, tools: { mode: 'custom', names: ['content_never_was'] } });
    expect([invalid.status, ((await invalid.json()) as { issues: unknown }).issues]).toEqual([
      400,
      [{ path: 'tools.names', message: 'there is no tool content_never_was' }],
    ]);
    expect((await put(current)).status).toBe(200);
    const changes = await one.eventually(
      () => one.governance('GET', '/audit?class=control&kind=policy.changed'),
      ({ items }) => items?.[0]?.about.version === current.version + 1,
    );
    expect(changes.items.map(({ about }: { about: { version: number } }) => about.version)).toEqual(
      Array.from({ length: current.version }, (_, index) => current.version + 1 - index),
    );
  }, 30_000);
});

describe('limits', () => {
  const CALLS = 20;

  it('refuse what is beyond them: the first refusal is a record, the rest are counted, and so are strangers', async () => {
    const client = await new Client({ connectionString: database.url }).connect();
    const eventsOf = async (type: string) =>
      (await client.query<{ organization: string; body: Buffer }>('select organization, body from events where type like $1 order by position', [type])).rows;
    const limited = await startBeside(one, { DEPONENT_RATE_LIMIT_CALLS: String(CALLS), DEPONENT_RATE_LIMIT_WINDOW_S: '3600' });
    const before = (await eventsOf('deponent.call.%')).length;

    const answers = await Promise.all(Array.from({ length: 50 }, () => limited.call('content_list_sites')));
    const refused = answers.filter((answer) => codeOf(answer) === 'rate_limited').map(({ result }) => result.structuredContent.error);
    expect(refused).toHaveLength(50 - CALLS);
    for (const { retryAfterSeconds } of refused) expect(retryAfterSeconds).toBeLessThanOrEqual(3600 / CALLS);
    expect(refused.filter(({ traceId }) => traceId !== null)).toHaveLength(1);
    expect((await eventsOf('deponent.call.%')).length - before).toBe(CALLS + 1);
    expect(codeOf(await one.call('content_list_sites'))).toBe('answered');

    const strange = await Promise.all(
      Array.from({ length: 30 }, () => limited.post(toolCall('content_list_sites', {}), { authorization: 'Bearer dpn_mcp_nobody' })),
    );
    expect(new Set(strange.map(({ status }) => status))).toEqual(new Set([401]));
    expect(await eventsOf('deponent.access.denied.v1')).toEqual([]);

    expect(await limited.end()).toBe(0);
    const counts = (await eventsOf('deponent.access.denied.v1')).map(({ organization, body }) => [organization, JSON.parse(body.toString()).data.about.count]);
    expect(counts).toEqual([
      [one.firstRun.organizationId, 50 - CALLS - 1],
      ['org_system', 30],
    ]);
    await client.end();
  }, 90_000);

  it('24: a flood by one credential leaves others what they had, and no more in the log', async () => {
    const limited = await startBeside(one, { DEPONENT_RATE_LIMIT_CALLS: '60', DEPONENT_RATE_LIMIT_WINDOW_S: '3600' });
    const key = { type: 'mcp', scopes: ['mcp:read'] };
    const [flooding, quiet] = [
      await one.governance('POST', '/keys', { ...key, name: 'flooding' }),
      await one.governance('POST', '/keys', { ...key, name: 'quiet' }),
    ];
    const callBy = async ({ secret }: { secret: string }) =>
      codeOf(await limited.call('content_list_sites', {}, { headers: { authorization: `Bearer ${secret}` } }));
    const auditOf = async ({ keyId }: { keyId: string }) => {
      const { items } = await one.governance('GET', '/audit?limit=200');
      return items.filter(({ credential }: { credential: { id: string } | null }) => credential?.id === keyId);
    };

    let flood = true;
    let refused = 0;
    const flooded = Array.from({ length: 32 }, async () => {
      for (; flood; ) if ((await callBy(flooding)) === 'rate_limited') refused += 1;
    });
    await one.eventually(
      async () => refused,
      (many) => many > 500,
    );
    for (let call = 0; call < 50; call++) expect(await callBy(quiet)).toBe('answered');
    flood = false;
    await Promise.all(flooded);
    expect(await limited.end()).toBe(0);

    const seen = await one.eventually(
      () => auditOf(flooding),
      (records) => records.some(({ kind }: { kind: string }) => kind === 'access.denied'),
    );
    const counted = seen.filter(({ kind }: { kind: string }) => kind === 'access.denied');
    expect(counted.reduce((sum: number, { about }: { about: { count: number } }) => sum + about.count, 0)).toBe(refused - 1);
    expect(seen.filter(({ code }: { code: string }) => code === 'rate_limited')).toHaveLength(1);
    expect(seen).toHaveLength(60 + 1 + counted.length);
  }, 90_000);

  it('that cannot be are refused at the start, by name', async () => {
    await expect(startBeside(one, { DEPONENT_RATE_LIMIT_CALLS: 'many' })).rejects.toThrow(/DEPONENT_RATE_LIMIT_CALLS.*whole number/s);
  }, 30_000);
});
