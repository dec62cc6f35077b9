import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { verifyBundle } from '#ledger';
import { type Running, run } from '../support/server.ts';

/** `npm run demo`: what an agent does, what is left of it, and how an outsider checks that. */

type FirstRun = {
  readonly mcpUrl: string;
  readonly governanceUrl: string;
  readonly siteId: string;
  readonly accessKey: string;
  readonly governanceKey: string;
};
type Item = { readonly contentId: string; readonly name: string; readonly kind: string; readonly totalLines: number | null };

const SEAL_AND_EXPORT_SECONDS = 60;
const task = `demo-${Date.now()}`;

const { firstRun, server } = await runningServer();
try {
  await demonstrate(firstRun);
} finally {
  if (server !== null) {
    await server.running.stop();
    rmSync(server.directory, { recursive: true, force: true });
  }
}

async function demonstrate(house: FirstRun): Promise<void> {
  const client = new Client({ name: 'deponent-demo', version: '1.0.0' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  await client.connect(new StreamableHTTPClientTransport(new URL(house.mcpUrl), { requestInit: { headers: { authorization: `Bearer ${house.accessKey}` } } }));
  say(`An agent connects to ${house.mcpUrl} with the official MCP client and works on task "${task}".`);
  const meta = { 'deponent/correlationId': task };
  const call = async (name: string, given: Record<string, unknown>) => {
    const { structuredContent, isError } = await client.callTool({ name, arguments: given, _meta: meta });
    if (isError === true) throw new Error(`${name} was refused: ${JSON.stringify(structuredContent)}`);
    return structuredContent as Record<string, unknown>;
  };

  const { items } = (await call('content_list_content', { siteId: house.siteId })) as { items: Item[] };
  const file = items.find(({ kind }) => kind === 'file');
  if (file === undefined) throw new Error('the first site holds no file at its top');
  const read = await call('content_retrieve_file_content', { contentId: file.contentId, lines: { start: 1, end: 20 } });
  const evidence = read.evidence as { recordId: string; correlationId: string; eventHash: string };
  say(`It reads lines ${read.lineStart}-${read.lineEnd} of ${read.totalLines} of "${file.name}", version ${read.version}.`);
  say(`The answer names its record: ${evidence.recordId}, event ${evidence.eventHash.slice(0, 23)}…`);
  await client.close();

  const exported = await governance(house, 'POST', '/exports', {
    scope: { correlationIds: [evidence.correlationId] },
    profile: 'full',
    reason: 'Demonstration',
  });
  const { exportId } = exported as { exportId: string };
  const status = await completed(house, exportId);
  say(`A compliance admin exports the correlation group ${evidence.correlationId}: ${exportId}, ${status.bundle.bytes} bytes.`);

  const bundle = Buffer.from(await (await request(house, 'GET', `/exports/${exportId}/bundle`)).arrayBuffer());
  const trust = await governance(house, 'GET', '/log/trust');
  const bundleFile = resolve(`${task}.zip`);
  const trustFile = resolve(`${task}.trust.json`);
  writeFileSync(bundleFile, bundle);
  writeFileSync(trustFile, JSON.stringify(trust));

  const verified = verifyBundle({ bundle, trust });
  say('An auditor verifies it offline, with keys obtained elsewhere:');
  process.stdout.write(verified.text);
  if (!verified.report.ok) throw new Error('the bundle did not verify');

  const tampered = Buffer.from(bundle);
  tampered.writeUInt8(tampered.readUInt8(tampered.length >> 1) ^ 1, tampered.length >> 1);
  const rejected = verifyBundle({ bundle: tampered, trust });
  if (rejected.report.ok) throw new Error('a changed bundle verified');
  say('One bit of it changed, the same verification says:');
  process.stdout.write(rejected.text);
  say(`Try it yourself: npx deponent verify ${bundleFile} --trust ${trustFile}`);
}

function say(sentence: string): void {
  process.stdout.write(`\n${sentence}\n`);
}

async function request(house: FirstRun, method: string, path: string, body?: unknown): Promise<Response> {
  const headers = { authorization: `Bearer ${house.governanceKey}`, 'content-type': 'application/json' };
  const response = await fetch(`${house.governanceUrl}/api/v1${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response;
}

async function governance(house: FirstRun, method: string, path: string, body?: unknown): Promise<unknown> {
  return (await request(house, method, path, body)).json();
}

async function completed(house: FirstRun, exportId: string): Promise<{ bundle: { bytes: number } }> {
  for (const until = Date.now() + SEAL_AND_EXPORT_SECONDS * 1_000; Date.now() < until; await pause(100)) {
    const { status, error, bundle } = (await governance(house, 'GET', `/exports/${exportId}`)) as {
      status: string;
      error: string | null;
      bundle: { bytes: number };
    };
    if (status === 'completed') return { bundle };
    if (status === 'failed') throw new Error(`the export failed: ${error}`);
  }
  throw new Error('the export did not complete in time');
}

/** The server of the usual data directory where it is up, else one of our own for the time of the demonstration. */
async function runningServer(): Promise<{ firstRun: FirstRun; server: { running: Running; directory: string } | null }> {
  const usual = join(process.env.DEPONENT_DATA_DIRECTORY ?? '.deponent', 'first-run.json');
  if (existsSync(usual)) {
    const firstRun: FirstRun = JSON.parse(readFileSync(usual, 'utf8'));
    const up = await fetch(`${firstRun.governanceUrl}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (up) return { firstRun, server: null };
  }
  say('No server is running here: starting one on a temporary directory, filled with the documentation.');
  const directory = mkdtempSync(join(tmpdir(), 'deponent-demo-'));
  const data = join(directory, 'data');
  const running = await run(join(import.meta.dirname, '../../apps/cli/main.js'), ['start', '--data', data, '--mcp-port', '0', '--governance-port', '0']);
  return { firstRun: JSON.parse(readFileSync(join(data, 'first-run.json'), 'utf8')), server: { running, directory } };
}
