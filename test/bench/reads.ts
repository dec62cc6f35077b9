import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import autocannon from 'autocannon';
import { type Running, run as start } from '../support/server.ts';
import { median, printTable } from './table.ts';

const ROUNDS = 3;
const SECONDS = 10;
const CONNECTIONS = 32;
const WINDOW = { start: 120, end: 180 };
const CLOCK_TICKS_PER_SECOND = 100;

type Measured = { readonly callsPerSecond: number; readonly cpuMicroseconds: number; readonly p50: number; readonly p99: number };

/** Governed reads beside the bare server, alternating, medians of three runs of ten seconds at 32 connections. */
export async function run(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'deponent-bench-'));
  const governed = await startGoverned(directory);
  try {
    const sample = await sampleAnswer(governed);
    const file = join(directory, 'answer.json');
    writeFileSync(file, JSON.stringify(sample.structuredContent));
    const bare = await start(join(import.meta.dirname, 'bare.js'), [file]);
    try {
      const results = { bare: [] as Measured[], governed: [] as Measured[] };
      for (let round = 0; round < ROUNDS; round++) {
        results.bare.push(await measure(bare, sample.request, {}));
        results.governed.push(await measure(governed, sample.request, { authorization: `Bearer ${sample.key}` }));
      }
      print(results.bare, results.governed);
    } finally {
      await bare.stop();
    }
  } finally {
    await governed.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A server with one document; without a limit of calls unless `env` sets one. */
export async function startGoverned(directory: string, env: NodeJS.ProcessEnv = {}): Promise<Running> {
  const documents = join(directory, 'documents');
  mkdirSync(documents);
  const line = (number: number) => `${number}. Employees are entitled to leave as agreed with their manager, paragraph ${number}.`;
  writeFileSync(join(documents, 'policy.md'), Array.from({ length: 990 }, (_, index) => `${line(index + 1)}\n`).join(''));
  return start(
    join(import.meta.dirname, '../../apps/cli/main.js'),
    ['start', '--data', join(directory, 'data'), '--import', documents, '--mcp-port', '0', '--governance-port', '0'],
    {
      env: { DEPONENT_RATE_LIMIT_CALLS: '0', ...env },
      readyMilliseconds: 120_000,
    },
  );
}

/** One call by a real client, to know the file, and to make both servers answer with the same bytes. */
export async function sampleAnswer({ ready, ...server }: Running) {
  const firstRun = JSON.parse(readFileSync(server.output().match(/first-run file: (\S+)/)?.[1] ?? '', 'utf8'));
  const client = new Client({ name: 'bench', version: '1.0.0' });
  const key: string = firstRun.accessKey;
  await client.connect(new StreamableHTTPClientTransport(new URL(ready.mcp ?? ''), { requestInit: { headers: { authorization: `Bearer ${key}` } } }));
  const listed = await client.callTool({ name: 'content_list_content', arguments: { siteId: firstRun.siteId } });
  const [item] = (listed.structuredContent as { items: { contentId: string }[] }).items;
  const given = { contentId: item?.contentId, lines: WINDOW };
  const answer = await client.callTool({ name: 'content_retrieve_file_content', arguments: given });
  await client.close();
  if (answer.isError === true) throw new Error(`the sample call failed: ${JSON.stringify(answer.structuredContent)}`);
  return { key, governanceKey: String(firstRun.governanceKey), structuredContent: answer.structuredContent, request: requestOf(given) };
}

function requestOf(given: object): string {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1.0.0' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'content_retrieve_file_content', arguments: given, _meta: meta } });
}

export async function measure(server: Running, body: string, headers: Record<string, string>): Promise<Measured & { readonly calls: number }> {
  const pid = server.process.pid ?? 0;
  const before = cpuSeconds(pid);
  const result = await autocannon({
    url: server.ready.mcp ?? '',
    method: 'POST',
    body,
    connections: CONNECTIONS,
    duration: SECONDS,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'content_retrieve_file_content',
      ...headers,
    },
  });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} answers were not 2xx, ${result.errors} connections failed`);
  const calls = result.requests.total;
  return {
    calls,
    callsPerSecond: result.requests.average,
    cpuMicroseconds: ((cpuSeconds(pid) - before) * 1e6) / calls,
    p50: result.latency.p50,
    p99: result.latency.p99,
  };
}

/** User and system time of one process so far (Linux, proc(5)). */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}

function print(bare: readonly Measured[], governed: readonly Measured[]): void {
  const of = (runs: readonly Measured[], what: keyof Measured) => median(runs.map((run) => run[what]));
  const row = (server: string, runs: readonly Measured[]) => ({
    server,
    'calls/s': of(runs, 'callsPerSecond'),
    ratio: of(runs, 'callsPerSecond') / of(bare, 'callsPerSecond'),
    'Node CPU µs/call': of(runs, 'cpuMicroseconds'),
    'p50 ms': of(runs, 'p50'),
    'p99 ms': of(runs, 'p99'),
  });
  printTable(`Reading 61 lines of a file, ${CONNECTIONS} connections, medians of ${ROUNDS} alternating runs of ${SECONDS} s`, [
    row('bare: SDK alone, nothing recorded', bare),
    row('deponent: governed, recorded durably', governed),
  ]);
}
