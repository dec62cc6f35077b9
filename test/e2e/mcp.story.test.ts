import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { verifyBundle } from '#ledger';
import { House, toolCall } from './house.ts';

const documents = mkdtempSync(join(tmpdir(), 'deponent-documents-'));
const FILES = 40;
const LINES = 200;
let house: House;
let files: Map<string, string>;

beforeAll(async () => {
  mkdirSync(join(documents, 'policies'));
  for (let file = 0; file < FILES; file++) {
    const lines = Array.from({ length: LINES }, (_, line) => `Document ${file} line ${line + 1}: Größe, 長さ, ${'x'.repeat((file * line) % 60)}`);
    writeFileSync(join(documents, `file-${String(file).padStart(2, '0')}.md`), `${lines.join('\n')}\n`);
  }
  writeFileSync(join(documents, 'policies', 'leave.txt'), 'Leave is granted.\r\nBy the manager.');
  house = await House.start({ importFrom: documents });
  const { result } = await house.call('content_list_content', { siteId: house.firstRun.siteId, limit: 200 });
  files = new Map(result.structuredContent.items.map((item: { name: string; contentId: string }) => [item.name, item.contentId]));
}, 120_000);

afterAll(async () => {
  expect(await house.end()).toBe(0);
  rmSync(documents, { recursive: true, force: true });
}, 30_000);

const fileId = (index: number) => files.get(`file-${String(index).padStart(2, '0')}.md`) ?? '';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const authorized = () => ({ requestInit: { headers: { authorization: `Bearer ${house.firstRun.accessKey}` } } });

describe('real clients', () => {
  it('the current client (2026-07-28) lists and calls the tools', async () => {
    const client = new Client({ name: 'current', version: '1.0.0' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
    await client.connect(new StreamableHTTPClientTransport(new URL(house.mcpUrl), authorized()));
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['content_list_sites', 'content_retrieve_file_content', 'content_save_file', 'content_help']),
    );
    const answer = await client.callTool({ name: 'content_retrieve_file_content', arguments: { contentId: fileId(3), lines: { start: 5, end: 7 } } });
    const { text, evidence } = answer.structuredContent as { text: string; evidence: object };
    expect(text).toMatch(/^Document 3 line 5: .*\nDocument 3 line 6: .*\nDocument 3 line 7: .*\n$/);
    expect(evidence).toEqual(answer._meta?.['deponent/call']);
    expect(answer.content).toEqual([{ type: 'text', text: JSON.stringify(answer.structuredContent) }]);
    await client.close();
  });

  it('the maintenance-only 1.x client (initialize era) lists and calls the tools, and its calls group by the session id it was given', async () => {
    const client = new LegacyClient({ name: 'legacy', version: '1.0.0' });
    const transport = new LegacyTransport(new URL(house.mcpUrl), authorized());
    await client.connect(transport as Parameters<typeof client.connect>[0]);
    expect((await client.listTools()).tools.length).toBeGreaterThanOrEqual(9);
    const references = [];
    for (const line of [1, 2, 3]) {
      const { structuredContent } = await client.callTool({
        name: 'content_retrieve_file_content',
        arguments: { contentId: fileId(1), lines: { start: line, end: line } },
      });
      references.push((structuredContent as { evidence: { recordId: string; correlationId: string } }).evidence);
    }
    await client.close();
    const [group] = [...new Set(references.map(({ correlationId }) => correlationId))];
    expect(references.every(({ correlationId }) => correlationId === group)).toBe(true);

    const shown = await house.eventually(
      () => house.governance('GET', `/correlations/${group}`),
      ({ group: found }) => found?.sealed === true && found.calls === 3,
    );
    expect(shown.items.map(({ recordId }: { recordId: string }) => recordId)).toEqual(references.map(({ recordId }) => recordId));
    expect(shown.group).toMatchObject({ source: 'session', calls: 3, evidence: 3, refused: 0, externalId: transport.sessionId });
  }, 40_000);
});

it('the plain form of a call is answered exactly as the SDK answers it', async () => {
  const { siteId } = house.firstRun;
  const withoutIds = (body: unknown) => JSON.parse(JSON.stringify(body).replace(/01[0-9a-f]{6}-[0-9a-f]{4}-7[0-9a-f-]{21}|sha256:[0-9a-f]{64}/g, '…'));
  const calls: [string, Record<string, unknown>][] = [
    ['content_retrieve_file_content', { contentId: fileId(2) }],
    ['content_list_sites', {}],
    ['content_list_content', { siteId, limit: 0 }],
    ['content_get_content_metadata', { contentId: 'con_aaaaaaaaaaaaaaaaaaaaaaaaaa' }],
    ['no_such_tool', {}],
  ];
  for (const [name, given] of calls) {
    const plain = await house.post(toolCall(name, given));
    const unusual = await house.post(toolCall(name, given, { 'example.org/unusual': true }));
    expect(withoutIds(await plain.json())).toEqual(withoutIds(await unusual.json()));
    expect([plain.status, plain.headers.get('content-type')]).toEqual([unusual.status, unusual.headers.get('content-type')]);
  }
});

describe('grouping', () => {
  it('three calls with one session id are one group; calls without an id are groups of one', async () => {
    const grouped = await Promise.all([1, 2, 3].map(() => house.call('content_list_sites', {}, { headers: { 'mcp-session-id': 'session-of-three' } })));
    const groups = grouped.map(({ result }) => result._meta['deponent/call'].correlationId);
    expect(new Set(groups).size).toBe(1);
    const alone = await Promise.all([1, 2, 3].map(() => house.call('content_list_sites')));
    for (const { result } of alone) {
      const { correlationId, recordId } = result._meta['deponent/call'];
      expect(correlationId).toBe(`call_${recordId}`);
    }
    await house.eventually(
      () => house.governance('GET', `/correlations/${groups[0]}`),
      ({ group }) => group?.calls === 3,
    );
  }, 30_000);

  it('two hundred interleaved clients with equal JSON-RPC ids get only their own bytes', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, client) => {
        const given = { contentId: fileId(client % FILES), lines: { start: client + 1 > LINES ? LINES : client + 1, end: LINES }, maxTokens: 500 };
        return { client, given, body: await house.call('content_retrieve_file_content', given, { meta: { 'deponent/correlationId': `client-${client}` } }) };
      }),
    );
    for (const { client, given, body } of answers) {
      expect(body.id).toBe(1);
      expect(body.result.structuredContent).toMatchObject({ contentId: given.contentId, lineStart: given.lines.start });
      expect(body.result.structuredContent.text).toMatch(new RegExp(`^Document ${client % FILES} line ${given.lines.start}:`));
    }
    expect(new Set(answers.map(({ body }) => body.result.structuredContent.evidence.correlationId)).size).toBe(200);
  }, 30_000);
});

describe('reading by lines', () => {
  it('following nextLines yields the file exactly once, and each window is what sed prints', async () => {
    const name = 'file-07.md';
    const whole = execFileSync('cat', [join(documents, name)], { encoding: 'utf8' });
    let text = '';
    let lines: { start: number; end: number } | null = { start: 1, end: LINES };
    while (lines !== null) {
      const { result } = await house.call('content_retrieve_file_content', { contentId: files.get(name), lines, maxTokens: 700 });
      const window = result.structuredContent;
      const sed = execFileSync('sed', ['-n', `${window.lineStart},${window.lineEnd}p`, join(documents, name)], { encoding: 'utf8' });
      expect(window.textSha256).toBe(sha256(sed));
      text += window.text;
      lines = window.nextLines;
    }
    expect(text).toBe(whole);
  });

  it('renditions have LF line ends', async () => {
    const listed = await house.call('content_list_content', { siteId: house.firstRun.siteId, folderId: files.get('policies') });
    const { result } = await house.call('content_retrieve_file_content', { contentId: listed.result.structuredContent.items[0].contentId });
    expect(result.structuredContent).toMatchObject({
      text: 'Leave is granted.\nBy the manager.',
      totalLines: 2,
      textSha256: sha256('Leave is granted.\nBy the manager.'),
    });
  });
});

describe('writing', () => {
  it('saves a file, a version of it, nothing when nothing changed, and a folder', async () => {
    const { siteId } = house.firstRun;
    const save = async (given: Record<string, unknown>) =>
      (await house.call('content_save_file', { siteId, name: 'note.md', ...given })).result.structuredContent;
    const first = await save({ content: 'one\n' });
    expect(first).toMatchObject({ version: 0, created: true, unchanged: false });
    const second = await save({ content: 'two\n', fileId: first.contentId });
    expect(second).toMatchObject({ contentId: first.contentId, version: 1, created: false, unchanged: false });
    expect(await save({ content: 'two\n', fileId: first.contentId })).toMatchObject({ version: 1, unchanged: true });
    expect((await house.call('content_retrieve_file_content', { contentId: first.contentId, version: 0 })).result.structuredContent).toMatchObject({
      text: 'one\n',
      current: false,
    });
    const folder = await house.call('content_create_folder', { siteId, name: 'Reports' });
    expect(folder.result.structuredContent).toMatchObject({ name: 'Reports', parentId: null });
    const again = await house.call('content_create_folder', { siteId, name: 'reports' });
    expect(again.result).toMatchObject({
      isError: true,
      structuredContent: { error: { code: 'conflict', message: expect.stringContaining(folder.result.structuredContent.contentId) } },
    });
  });

  it('happens once under one idempotency key', async () => {
    const given = { siteId: house.firstRun.siteId, name: 'once.md', content: 'once', idempotencyKey: 'key-1' };
    const answers = await Promise.all([1, 2, 3].map(() => house.call('content_save_file', given)));
    const ids = answers.map(({ result }) => result.structuredContent.contentId);
    expect(new Set(ids).size).toBe(1);
    const versions = await house.call('content_list_content_versions', { contentId: ids[0] });
    expect(versions.result.structuredContent.items).toHaveLength(1);
  });
});

describe('what is refused', () => {
  it('without a valid key: 401 and where to get one', async () => {
    for (const authorization of ['', 'Basic abc', 'Bearer nonsense', `Bearer dpn_mcp_${'a'.repeat(78)}`, `Bearer ${house.firstRun.governanceKey}`]) {
      const response = await house.post(toolCall('content_list_sites', {}), { authorization });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer .*resource_metadata="http/);
    }
  });

  it('other methods: 405; other media types: 415; a body over 4 MiB: 413', async () => {
    for (const method of ['GET', 'DELETE']) {
      const response = await fetch(house.mcpUrl, { method, headers: { authorization: `Bearer ${house.firstRun.accessKey}` } });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    }
    expect((await house.post(toolCall('content_list_sites', {}), { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await house.post(JSON.stringify({ big: 'x'.repeat(4 * 1024 * 1024) }))).status).toBe(413);
  });

  it('a foreign host or origin: 403, before anything is read', async () => {
    const status = (headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) => {
        const { hostname, port, pathname } = new URL(house.mcpUrl);
        const sent = request({ hostname, port, path: pathname, method: 'POST', headers: { ...house.headersFor(null), ...headers } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        sent.on('error', reject).end('{}');
      });
    expect(await status({ host: 'evil.example' })).toBe(403);
    expect(await status({ origin: 'https://evil.example' })).toBe(403);
    expect(await status({ origin: 'null' })).toBe(403);
  });

  it.each([
    ['malformed JSON', '{"jsonrpc":"2.0",'],
    ['a member twice', '{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call"}'],
    ['an unknown member that looks like a known one', '{"jsonrpc":"2.0","id":1,"method":"tools/call","Method":"x"}'],
    ['params with a lookalike', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"Name":"content_save_file","name":"content_list_sites"}}'],
    ['nesting without end', `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
    ['a lone surrogate', '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"a":"\\ud800"}}'],
  ])('%s: 400', async (_what, body) => {
    expect((await house.post(body)).status).toBe(400);
  });

  it('headers that say another tool than the body: 400, -32020', async () => {
    const response = await house.post(toolCall('content_save_file', {}), { 'mcp-name': 'content_list_sites' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: -32020 } });
  });

  it('an unknown tool, in words that tell nothing', async () => {
    const body = await house.call('content_delete_everything');
    expect(body.error).toMatchObject({ code: -32602, data: { code: 'unknown_tool' } });
  });

  it('wrong arguments, each named; an id that cannot be seen like one that does not exist', async () => {
    const wrong = (await house.call('content_list_content', { siteId: house.firstRun.siteId, limit: 201, colour: 'red' })).result;
    expect(wrong.structuredContent.error).toMatchObject({ code: 'invalid_params', traceId: wrong._meta['deponent/call'].recordId });
    expect(wrong.structuredContent.error.issues.map(({ path }: { path: string }) => path).sort()).toEqual(['colour', 'limit']);
    const unknown = (await house.call('content_get_content_metadata', { contentId: 'con_aaaaaaaaaaaaaaaaaaaaaaaaaa' })).result;
    expect(unknown).toMatchObject({ isError: true, structuredContent: { error: { code: 'not_found', confirmation: null, retryAfterSeconds: null } } });
  });
});

describe('governance', () => {
  it('shows the call, proves it, exports its group, and the bundle verifies offline', async () => {
    const { result } = await house.call('content_retrieve_file_content', { contentId: fileId(9), correlationId: 'case-9' });
    const { recordId, correlationId, eventHash } = result.structuredContent.evidence;
    await house.call('content_retrieve_file_content', { contentId: 'con_aaaaaaaaaaaaaaaaaaaaaaaaaa', correlationId: 'case-9' });

    const proof = await house.eventually(
      () => house.governance('GET', `/evidence/${recordId}/proof`),
      (answer) => answer.group?.count === 2,
    );
    expect(proof).toMatchObject({ recordId, group: { correlationId, count: 2 } });
    const record = await house.governance('GET', `/evidence/${recordId}`);
    expect(record).toMatchObject({
      recordId,
      eventHash,
      class: 'governed',
      outcome: 'answered',
      externalId: 'case-9',
      content: [{ contentId: fileId(9), name: 'file-09.md', version: 0 }],
    });
    expect(record.content[0].textSha256).toBe(result.structuredContent.textSha256);
    const audit = await house.governance('GET', `/audit?correlationId=${correlationId}`);
    expect(audit.items.map(({ outcome, code }: { outcome: string; code: string | null }) => [outcome, code])).toEqual([
      ['refused', 'not_found'],
      ['answered', null],
    ]);

    const created = await house.governanceResponse('POST', '/exports', { scope: { correlationIds: [correlationId] }, profile: 'full', reason: 'test' });
    expect(created.status).toBe(202);
    const { exportId } = (await created.json()) as { exportId: string };
    const done = await house.eventually(
      () => house.governance('GET', `/exports/${exportId}`),
      ({ status }) => status === 'completed' || status === 'failed',
    );
    expect(done).toMatchObject({ status: 'completed', completeness: 'group', profile: 'full' });
    const bundle = Buffer.from(await (await house.governanceResponse('GET', `/exports/${exportId}/bundle`)).arrayBuffer());
    const trust = await house.governance('GET', '/log/trust');
    const { report } = verifyBundle({ bundle, trust });
    expect(report).toMatchObject({ ok: true, bundle: { groups: 1 } });
    for (let at = 0; at < bundle.length; at += Math.ceil(bundle.length / 60)) {
      const changed = Buffer.from(bundle);
      changed.writeUInt8(changed.readUInt8(at) ^ 0x40, at);
      expect(verifyBundle({ bundle: changed, trust }).report.ok).toBe(false);
    }
  }, 60_000);

  it('answers strangers, unknown things and unknown parameters with problem details', async () => {
    const stranger = await house.governanceResponse('GET', '/audit', undefined, house.firstRun.accessKey);
    expect([stranger.status, stranger.headers.get('content-type')]).toEqual([401, 'application/problem+json; charset=utf-8']);
    expect(await house.governance('GET', '/evidence/none')).toMatchObject({ status: 404, code: 'not_found' });
    expect(await house.governance('GET', '/audit?colour=red')).toMatchObject({ status: 400, code: 'invalid_params' });
    expect(await house.governance('GET', '/nothing')).toMatchObject({ status: 404, code: 'not_found' });
  });
});
