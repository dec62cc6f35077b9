import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { House, toolCall } from '../e2e/house.ts';

// Failures this field has had, each by its number in the list of this project's security requirements. "Refused" also means: recorded where a caller was
// authenticated, and nothing executed.

const outside = mkdtempSync(join(tmpdir(), 'deponent-outside-'));
const documents = mkdtempSync(join(tmpdir(), 'deponent-documents-'));
let house: House;
let siteId: string;

beforeAll(async () => {
  writeFileSync(join(outside, 'secret.txt'), 'outside the folder');
  mkdirSync(join(documents, 'inner'));
  writeFileSync(join(documents, 'leave.md'), 'Leave is granted.\nBy the manager.\n');
  symlinkSync(join(outside, 'secret.txt'), join(documents, 'link.txt'));
  symlinkSync(outside, join(documents, 'inner', 'linked-folder'));
  house = await House.start({ importFrom: documents, env: { DEPONENT_RATE_LIMIT_CALLS: '0' } });
  siteId = house.firstRun.siteId;
}, 120_000);

afterAll(async () => {
  await house.end();
  for (const directory of [outside, documents]) rmSync(directory, { recursive: true, force: true });
}, 30_000);

const audit = async () =>
  (await house.governance('GET', '/audit?limit=200')).items as { recordId: string; outcome: string; code: string | null; tool: { name: string | null } }[];
const recordsAfter = async (known: number) => {
  const items = await house.eventually(audit, (found) => found.length > known);
  return items.slice(0, items.length - known);
};

function raw(headers: Record<string, string>, body: string): Promise<{ status: number; body: string }> {
  const { hostname, port, pathname } = new URL(house.mcpUrl);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path: pathname, method: 'POST', headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    sent.on('error', reject).end(body);
  });
}

describe('2: DNS rebinding', () => {
  it.each([
    ['a foreign host', { host: 'rebound.example' }],
    ['a foreign host with our port', { host: 'rebound.example:3000' }],
    ['no host that is ours by prefix', { host: '127.0.0.1.rebound.example' }],
    ['a foreign origin', { origin: 'https://rebound.example' }],
    ['the null origin', { origin: 'null' }],
  ])('%s: 403 before parsing', async (_what, headers) => {
    const { status } = await raw({ ...house.headersFor(null), ...(headers as Record<string, string>) }, 'not even JSON');
    expect(status).toBe(403);
  });
});

describe('3: cross-site requests that need no preflight', () => {
  it.each([['text/plain'], ['application/x-www-form-urlencoded'], ['multipart/form-data; boundary=x'], ['']])(
    '"%s": 415, and nothing was executed',
    async (type) => {
      const before = (await audit()).length;
      const body = JSON.stringify(toolCall('content_create_folder', { siteId, name: 'cross-site' }));
      const { 'content-type': _type, ...headers } = house.headersFor(toolCall('content_create_folder', {}));
      expect((await raw(type === '' ? headers : { ...headers, 'content-type': type }, body)).status).toBe(415);
      await pause(200);
      expect((await audit()).length).toBe(before);
    },
  );
});

describe('4: policy sees one tool, the backend runs another', () => {
  const call = (params: string) => `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`;
  it.each([
    ['a name twice', call('{"name":"content_list_sites","name":"content_create_folder"}')],
    ['an escaped name twice', call('{"name":"content_list_sites","n\\u0061me":"content_create_folder"}')],
    ['a name in another case', call('{"name":"content_list_sites","Name":"content_create_folder"}')],
    ['a name with U+0000', call('{"name":"content_list_sites","name\\u0000":"content_create_folder"}')],
    ['a name with a lookalike letter', '{"jsonrpc":"2.0","id":1,"method":"tools/call","param\u017f":{},"params":{"name":"content_list_sites"}}'],
    ['two methods', '{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call","params":{"name":"content_list_sites"}}'],
    ['depth', call(`{"name":"content_list_sites","arguments":${'{"a":'.repeat(100)}1${'}'.repeat(100)}}`)],
  ])('%s: rejected', async (_what, body) => {
    expect((await house.post(body)).status).toBe(400);
  });

  it('the digest recorded is that of the arguments executed', async () => {
    const { result } = await house.call('content_get_site_metadata', { siteId });
    const { recordId } = result._meta['deponent/call'];
    const record = await house.eventually(
      () => house.governance('GET', `/evidence/${recordId}`),
      ({ recordId: found }) => found === recordId,
    );
    const canonical = JSON.stringify({ siteId });
    const digest = execFileSync('sha256sum', { input: canonical, encoding: 'utf8' }).slice(0, 64);
    expect(record.argumentsSha256).toBe(digest);
  });
});

describe('5: headers that say another tool than the body', () => {
  it('-32020, and the denial is recorded with both names', async () => {
    const before = (await audit()).length;
    const response = await house.post(toolCall('content_create_folder', { siteId, name: 'split' }), { 'mcp-name': 'content_list_sites' });
    const { error } = (await response.json()) as { error: { code: number } };
    expect([response.status, error.code]).toEqual([400, -32020]);
    const added = await house.eventually(
      () => recordsAfter(before),
      (found) => found.some(({ code }) => code === 'invalid_params'),
    );
    const record = added.find(({ code }) => code === 'invalid_params');
    expect(record).toMatchObject({ outcome: 'refused' });
    const exported = await house.governanceResponse('POST', '/exports', {
      scope: { correlationIds: [`call_${record?.recordId}`] },
      profile: 'full',
      reason: 'test',
    });
    const { exportId } = (await exported.json()) as { exportId: string };
    await house.eventually(
      () => house.governance('GET', `/exports/${exportId}`),
      ({ status }) => status === 'completed',
    );
    const bundle = Buffer.from(await (await house.governanceResponse('GET', `/exports/${exportId}/bundle`)).arrayBuffer()).toString('latin1');
    const disclosed = [...bundle.matchAll(/"disclosures":\[([^\]]*)\]/g)].flatMap(([, list = '']) =>
      list.split(',').map((text) => Buffer.from(text.replaceAll('"', ''), 'base64url').toString('utf8')),
    );
    expect(disclosed.join('\n')).toContain('content_create_folder (Mcp-Name: content_list_sites)');
  }, 30_000);
});

describe('11: paths', () => {
  it('import follows no link out of the folder', async () => {
    const { result } = await house.call('content_list_content', { siteId, limit: 200 });
    expect(result.structuredContent.items.map(({ name }: { name: string }) => name).sort()).toEqual(['inner', 'leave.md']);
    expect(house.output).toMatch(/skipped link\.txt: It is a link/);
  });

  it.each(['../up.md', '..', '.', '/etc/passwd', 'a/b.md', 'a\\b.md', 'nul\u0000.md', '\uff0e\uff0e/x', ' '])('a name such as %j is refused', async (name) => {
    const { result } = await house.call('content_save_file', { siteId, name, content: 'x' });
    expect(result).toMatchObject({ isError: true, structuredContent: { error: { code: 'invalid_params' } } });
  });
});

describe('17: handles of state are no authority', () => {
  it("a stranger's group id, or one altered, joins nothing", async () => {
    const { result } = await house.call('content_list_sites', {}, { meta: { 'deponent/correlationId': 'case-17' } });
    const group: string = result._meta['deponent/call'].correlationId;
    const altered = `${group.slice(0, -1)}${group.endsWith('a') ? 'b' : 'a'}`;
    for (const id of [altered, `cor_${'a'.repeat(39)}`, 'cor_control']) {
      const refused = await house.call('content_list_sites', {}, { meta: { 'deponent/correlationId': id } });
      expect(refused.result.structuredContent.error.code).toBe('not_found');
      expect(refused.result._meta['deponent/call'].correlationId).toMatch(/^call_/);
    }
  });
});

describe('22: secrets in the audit trail', () => {
  it('canaries in arguments, headers, names and errors stand in no table, log, export or answer to others, but encrypted', async () => {
    const canary = (where: string) => `canary-${where}-3f9c2e`;
    const headers = { 'user-agent': canary('agent'), 'x-anything': canary('header'), traceparent: canary('trace') };
    await house.call(
      'content_save_file',
      { siteId, name: `${canary('name')}.md`, content: canary('content') },
      { headers, meta: { 'deponent/correlationId': canary('external') } },
    );
    await house.call('content_list_content', { siteId, [canary('argument')]: canary('value') }, { headers });
    await house.call(canary('tool'), { secret: canary('value') }, { headers });
    await house.post(toolCall('content_list_sites', {}), { authorization: `Bearer ${canary('bearer')}` });
    await pause(1_500);

    const client = new pg.Client({ connectionString: house.databaseUrl });
    await client.connect();
    try {
      const { rows: tables } = await client.query<{ name: string }>(
        `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
      );
      for (const { name } of tables) {
        const { rows } = await client.query<{ found: string }>(
          `select count(*) as found from "${name}" t where t::text like '%canary-%' or t::text like '%63616e6172792d%'`,
        );
        expect([name, Number(rows[0]?.found)]).toEqual([name, 0]);
      }
    } finally {
      await client.end();
    }
    expect(house.output).not.toContain('canary-');
    for (const file of filesBelow(join(house.directory, 'data', 'blobs'))) expect(readFileSync(file).includes('canary-')).toBe(false);
    const log = filesBelow(join(house.directory, 'data', 'postgres')).filter((path) => path.endsWith('.log'));
    for (const file of log) expect(readFileSync(file).includes('canary-')).toBe(false);
  }, 30_000);
});

describe('24: bounds', () => {
  it('a body of 10 MB is refused, and so is nesting of ten thousand', async () => {
    expect((await house.post(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${'x'.repeat(10_000_000)}"}}`)).status).toBe(413);
    expect((await house.post(`${'['.repeat(10_000)}${']'.repeat(10_000)}`)).status).toBe(400);
  });

  it('a thousand calls at once are all answered', async () => {
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => house.call('content_list_sites')));
    for (const { result } of answers) expect(result.isError ?? false).toBe(false);
  }, 60_000);

  it('clients that drip their request keep nobody else waiting', async () => {
    const { hostname, port } = new URL(house.mcpUrl);
    const slow = Array.from({ length: 50 }, () => connect(Number(port), hostname).on('error', () => undefined));
    for (const socket of slow) socket.write('POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{');
    const { result } = await house.call('content_list_sites');
    expect(result.isError ?? false).toBe(false);
    for (const socket of slow) socket.destroy();
  });
});

describe('25: identifiers are not patterns', () => {
  it.each(['**', '%', '_', '*', 'con_%', '.*', "' or 1=1 --"])('%j matches nothing', async (id) => {
    for (const given of [{ contentId: id }, { contentId: `con_${id}` }]) {
      const { result } = await house.call('content_get_content_metadata', given);
      expect(result).toMatchObject({ isError: true });
      expect(['not_found', 'invalid_params']).toContain(result.structuredContent.error.code);
    }
    for (const path of ['audit', 'evidence', 'correlations']) {
      const found = await house.governance('GET', `/${path}?actorId=${encodeURIComponent(id)}`);
      expect(found.items).toEqual([]);
    }
    expect((await house.governanceResponse('GET', `/evidence/${encodeURIComponent(id)}`)).status).toBe(404);
  });
});

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}
