import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Pool } from 'pg';
import { type ContentSearch, contentWrites, createFile, createSite, fileStream, oneRoleIn, siteStream } from '#content';
import { createMemoryArtefacts } from '#content/memory';
import { contentSearch, contentTree, createNameMemory, createOpenedRows, indexAsOf, indexEvents, searchIndex } from '#content/postgres';
import { type Facts, factsOf } from '#event-store';
import { createPostgresEventStore } from '#event-store/postgres';
import { deriveKey, newId, type RandomBytes } from '#kernel';
import { migrate } from '#platform';
import { startEmbeddedPostgres } from '#platform/embedded-postgres';
import { decidedOn } from '#tools';
import { analyze } from '../../libs/content/retrieval/analyzer.ts';
import { keyedTerms } from '../../libs/content/retrieval/keyed.ts';
import { plainPostings } from './retrieval-plain-postings.ts';
import { median, printTable } from './table.ts';

const SITES = 20;
const FILES_PER_SITE = 125;
const SECTIONS_PER_FILE = 20;
/** Two chunks. */
const WORDS_PER_SECTION = 190;
const QUERIES = 200;
const WORDS_PER_QUERY = 8;
const ORGANIZATION = 'org_bench';

const random: RandomBytes = (length) => randomBytes(length);

/** 100,000 chunks in twenty sites: how fast they are indexed, and how fast the best thirty are found, beside a plain posting table. */
export async function run(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'deponent-bench-'));
  const postgres = await startEmbeddedPostgres({ dataDirectory: join(directory, 'postgres'), log: () => undefined });
  await migrate(postgres.url);
  const pool = new Pool({ connectionString: postgres.url, max: 4 });
  pool.on('error', () => undefined);
  try {
    const house = await fill(pool, () => new Client({ connectionString: postgres.url }).connect());
    await pool.query('vacuum analyze');
    const keyed = keyedTerms(house.vaultKey);
    await measure(house, await plainPostings(pool, (text) => analyze(text).map(keyed)));
  } finally {
    await pool.end();
    await postgres.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

type BenchHouse = { readonly siteIds: readonly string[]; readonly searchOf: (siteIds: readonly string[]) => ContentSearch; readonly vaultKey: Buffer };

async function fill(pool: Pool, connect: () => Promise<Client>): Promise<BenchHouse> {
  const store = createPostgresEventStore({ pool, connect, inlineViews: [contentTree], clock: Date.now });
  const vaultKey = deriveKey(randomBytes(32), 'vault');
  const artefacts = createMemoryArtefacts(randomBytes(32));
  const writes = contentWrites({ vaultKey, artefacts });
  const means = { vaultKey, clock: Date.now, random };
  const append = async (parts: readonly Facts[]) => {
    const streams = parts.flatMap((part) => part.streams);
    const result = await store.append({ organization: ORGANIZATION, streams, vault: parts.flatMap(({ vault }) => vault) });
    if (result.outcome !== 'appended') throw new Error(result.outcome);
  };

  const siteIds: string[] = [];
  for (let site = 0; site < SITES; site++) {
    const siteId = newId('site', random);
    siteIds.push(siteId);
    await append([factsOf(decidedOn(siteStream, { id: siteId, revision: 0 }, createSite({ siteId, name: `Site ${site}` })), means)]);
    const parts: Facts[] = [];
    for (let file = 0; file < FILES_PER_SITE; file++) {
      const contentId = newId('content', random);
      const name = `${file}.md`;
      const stored = await writes.storeFile(siteId, { name, bytes: Buffer.from(document()), contentType: null });
      parts.push(factsOf(decidedOn(fileStream, { id: contentId, revision: 0 }, createFile({ contentId, siteId, parentId: null, name }, stored)), means));
    }
    await append(parts);
  }

  const index = searchIndex(async () => ({ vaultKey, artefacts }));
  const start = performance.now();
  for (let after = await indexAsOf(pool), more = true; more; ) {
    const events = await store.readAll({ after, limit: 1_000 });
    await indexEvents(pool, index, events);
    after = events.at(-1)?.position ?? after;
    more = events.length > 0;
  }
  const seconds = (performance.now() - start) / 1_000;
  const { rows } = await pool.query<{ chunks: number; postings: string; size: string }>(
    `select sum(chunks)::int as chunks, (select sum(length(postings)) / 5 from search_postings_view) as postings,
            pg_size_pretty(pg_total_relation_size('search_postings_view')) as size from search_sites_view`,
  );
  printTable('Indexing', [
    { chunks: rows[0]?.chunks ?? 0, postings: Number(rows[0]?.postings), 'table and index': rows[0]?.size ?? '', 'chunks/s': (rows[0]?.chunks ?? 0) / seconds },
  ]);
  await store.close();
  const shared = { pool, organization: ORGANIZATION, vaultKey, openedRows: createOpenedRows(), nameMemory: createNameMemory(), authority: 1 };
  const searchOf = (ids: readonly string[]) => contentSearch({ ...shared, roles: oneRoleIn(ids, 'owner') });
  return { siteIds, searchOf, vaultKey };
}

// Words as they come in English: the word of rank r with a probability of about 1 / r, from 60,000.
let seed = 42;
const chance = () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
  return seed / 2_147_483_648;
};
const word = (least = 1) => `w${Math.floor(least * (60_000 / least) ** chance()).toString(36)}`;

function document(): string {
  const section = (n: number) =>
    `## ${word()} ${word()} ${n}\n\n${Array.from({ length: WORDS_PER_SECTION }, (_, at) => word() + (at % 12 === 11 ? '.\n' : ' ')).join('')}\n\n`;
  return `# ${word()}\n\n${Array.from({ length: SECTIONS_PER_FILE }, (_, n) => section(n)).join('')}`;
}

/** Words of questions are rarer than those of texts: the commonest are left out. */
const query = () => Array.from({ length: WORDS_PER_QUERY }, () => word(20)).join(' ');

async function measure({ siteIds, searchOf }: BenchHouse, plain: (siteIds: readonly string[], text: string) => Promise<number>): Promise<void> {
  const queries = Array.from({ length: QUERIES }, query);
  const packed = (ids: readonly string[]) => async (text: string) =>
    (await searchOf(ids).findChunks({ text, siteIds: null, passes: () => true, limit: 30 })).chunks.length;
  const one = siteIds.slice(7, 8);
  const contenders: [string, (text: string) => Promise<number>][] = [
    ['packed blocks, all sites', packed(siteIds)],
    ['plain posting table, all sites', (text) => plain(siteIds, text)],
    ['packed blocks, one of twenty', packed(one)],
    ['plain posting table, one of twenty', (text) => plain(one, text)],
  ];
  const times = new Map<string, number[]>();
  for (const [at, text] of [...queries.slice(0, 10), ...queries].entries()) {
    for (const [name, find] of contenders) {
      const start = performance.now();
      await find(text);
      // The first ten warm plans and caches.
      if (at >= 10) times.set(name, [...(times.get(name) ?? []), performance.now() - start]);
    }
  }
  const p50 = (name: string) => median(times.get(name) ?? []);
  printTable(
    `Finding 30 of ${(SITES * FILES_PER_SITE * SECTIONS_PER_FILE * 2).toLocaleString('en-US')} chunks, ${WORDS_PER_QUERY} words, ${QUERIES} queries, alternating`,
    contenders.map(([name]) => {
      const sorted = [...(times.get(name) ?? [])].sort((a, b) => a - b);
      const rival = name.replace('packed blocks', 'plain posting table');
      return { index: name, 'p50 ms': p50(name), 'p95 ms': sorted[Math.floor(sorted.length * 0.95)] ?? 0, 'x plain': p50(rival) / p50(name) };
    }),
  );
}
