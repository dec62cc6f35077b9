import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Pool } from 'pg';
import { startEmbeddedPostgres } from '#platform/embedded-postgres';
import { type Running, run as start } from '../support/server.ts';
import { plainBm25, postgresRanking } from './retrieval-baselines.ts';
import { type Quality, qualityOf, readSciFact, type SciFact } from './scifact.ts';
import { median, printTable } from './table.ts';

type Measured = { readonly quality: Quality; readonly milliseconds: number };
type Ranker = (query: string) => string[] | Promise<string[]>;

/** One file per abstract, imported and asked through MCP as an agent would: `content_retrieve_context`, passages by rank. */
export async function run(): Promise<void> {
  const data = readSciFact();
  if (data === null) {
    process.stdout.write('\nSciFact is not there (DEPONENT_SCIFACT names its directory): quality is not measured.\n');
    return;
  }
  const directory = mkdtempSync(join(tmpdir(), 'deponent-bench-'));
  try {
    const results = new Map<string, Measured[]>();
    results.set('BM25, plain: whole abstracts, no stems', await ask(data, plainBm25(data)));
    results.set('PostgreSQL: ts_rank_cd, any word', await withPostgres(directory, async (pool) => ask(data, await postgresRanking(pool, data))));
    results.set('deponent: content_retrieve_context', await withDeponent(directory, data, async (ranker) => ask(data, ranker)));
    print(results, data);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function ask({ queries }: SciFact, ranker: Ranker): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const { text, relevant } of queries) {
    const start = performance.now();
    const ranking = await ranker(text);
    measured.push({ quality: qualityOf(ranking, relevant), milliseconds: performance.now() - start });
  }
  return measured;
}

async function withPostgres<Result>(directory: string, work: (pool: Pool) => Promise<Result>): Promise<Result> {
  const postgres = await startEmbeddedPostgres({ dataDirectory: join(directory, 'postgres'), log: () => undefined });
  const pool = new Pool({ connectionString: postgres.url, max: 2 });
  pool.on('error', () => undefined);
  try {
    return await work(pool);
  } finally {
    await pool.end();
    await postgres.stop();
  }
}

async function withDeponent<Result>(directory: string, data: SciFact, work: (ranker: Ranker) => Promise<Result>): Promise<Result> {
  const files = join(directory, 'abstracts');
  mkdirSync(files);
  for (const { id, title, text } of data.documents) writeFileSync(join(files, `${id}.md`), `# ${title}\n\n${text}\n`);
  const arguments_ = ['start', '--data', join(directory, 'data'), '--import', files, '--mcp-port', '0', '--governance-port', '0'];
  const options = { env: { DEPONENT_RATE_LIMIT_CALLS: '0' }, readyMilliseconds: 300_000 };
  const started = performance.now();
  const server = await start(join(import.meta.dirname, '../../apps/cli/main.js'), arguments_, options);
  const client = await connect(server);
  try {
    const imported = performance.now();
    for (let left = 1; left > 0; await delay(100)) left = (await retrieve(client, 'anything', 1)).notIndexed;
    const seconds = [(imported - started) / 1_000, (performance.now() - imported) / 1_000].map((each) => each.toFixed(1));
    process.stdout.write(`\n${data.documents.length} files: started and imported in ${seconds[0]} s, indexed ${seconds[1]} s later.\n`);
    return await work(async (query) => {
      const { chunks } = await retrieve(client, query, 200);
      return [...new Set([...chunks].sort((one, other) => one.rank - other.rank).map(({ name }) => name.replace(/\.md$/, '')))];
    });
  } finally {
    await client.close();
    await server.stop();
  }
}

async function connect({ ready, output }: Running): Promise<Client> {
  const { accessKey } = JSON.parse(readFileSync(output().match(/first-run file: (\S+)/)?.[1] ?? '', 'utf8'));
  const client = new Client({ name: 'bench', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(ready.mcp ?? ''), { requestInit: { headers: { authorization: `Bearer ${accessKey}` } } }));
  return client;
}

type Context = { readonly chunks: readonly { readonly rank: number; readonly name: string }[]; readonly notIndexed: number };

async function retrieve(client: Client, query: string, maxChunks: number): Promise<Context> {
  const answer = await client.callTool({ name: 'content_retrieve_context', arguments: { query, maxChunks, maxTokens: 64_000 } });
  if (answer.isError === true) throw new Error(`the call failed: ${JSON.stringify(answer.structuredContent)}`);
  return answer.structuredContent as Context;
}

/** Parameters were chosen on the queries of even number in the list; those of odd number were looked at here only. */
function print(results: ReadonlyMap<string, readonly Measured[]>, { documents, queries }: SciFact): void {
  const mean = (measured: readonly Measured[], of: keyof Quality) => measured.reduce((sum, { quality }) => sum + quality[of], 0) / measured.length;
  const three = (value: number) => value.toFixed(3);
  printTable(
    `SciFact: ${documents.length} abstracts, ${queries.length} claims; held out: every second claim, never looked at before`,
    [...results].map(([ranker, all]) => {
      const held = all.filter((_, at) => at % 2 === 1);
      return {
        ranker,
        'nDCG@10': three(mean(all, 'ndcg10')),
        'Recall@100': three(mean(all, 'recall100')),
        'held out nDCG@10': three(mean(held, 'ndcg10')),
        'held out Recall@100': three(mean(held, 'recall100')),
        'p50 ms': median(all.map(({ milliseconds }) => milliseconds)),
      };
    }),
  );
}
