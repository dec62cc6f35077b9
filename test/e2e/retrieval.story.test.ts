import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { House } from './house.ts';

const documents = mkdtempSync(join(tmpdir(), 'deponent-documents-'));
const FILES = 220;
let house: House;

beforeAll(async () => {
  mkdirSync(join(documents, 'deeds'));
  for (let n = 0; n < FILES; n++) writeFileSync(join(documents, 'deeds', `deed-${n}.md`), `# Deed ${n}\n\nThe parcel number ${n} borders the river.\n`);
  house = await House.start({ importFrom: documents });
}, 120_000);

afterAll(async () => {
  expect(await house.end()).toBe(0);
  rmSync(documents, { recursive: true, force: true });
}, 30_000);

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

it('finds what was imported as soon as the server is ready, and gives no more than it can testify to: 200 chunks in one record', async () => {
  const { result } = await house.call('content_retrieve_context', { query: 'parcel by the river', maxChunks: 200, maxTokens: 64_000 });
  const { chunks, notIndexed, method, evidence } = result.structuredContent;
  expect([chunks.length, notIndexed, method]).toEqual([200, 0, 'lexical']);
  for (const { text, textSha256, lineStart, lineEnd } of chunks) expect([textSha256, lineStart, lineEnd]).toEqual([sha256(text), 1, 3]);

  const record = await house.eventually(
    () => house.governance('GET', `/evidence/${evidence.recordId}`),
    ({ kind }) => kind === 'chunks',
  );
  expect(record.content).toHaveLength(200);
  expect(record.content.map(({ textSha256 }: { textSha256: string }) => textSha256)).toEqual(
    chunks.map(({ textSha256 }: { textSha256: string }) => textSha256),
  );
  expect(record).toMatchObject({ class: 'governed', eventHash: evidence.eventHash });
});

it('finds what is saved within moments, and says until then that it is not indexed', async () => {
  const saved = await house.call('content_save_file', { siteId: house.firstRun.siteId, name: 'note.md', content: 'Pelicans nest on parcel seven.\n' });
  expect(saved.result.isError).not.toBe(true);
  const found = await house.eventually(
    async () => (await house.call('content_retrieve_context', { query: 'pelican' })).result.structuredContent,
    ({ chunks, notIndexed }) => {
      expect(chunks.length + notIndexed).toBe(1);
      return chunks.length === 1;
    },
  );
  expect(found).toMatchObject({ notIndexed: 0, chunks: [{ name: 'note.md', lineStart: 1, lineEnd: 1, text: 'Pelicans nest on parcel seven.\n' }] });
  const { result } = await house.call('content_retrieve_context', { query: 'walrus' });
  expect(result.structuredContent).toMatchObject({ chunks: [], evidence: null });
  expect((await house.call('search', { query: 'pelican' })).result.structuredContent.results).toMatchObject([{ title: 'note.md' }]);
});

it('finds by name and lists what changed last', async () => {
  const found = (await house.call('content_search_content', { q: 'deed-7', searchType: 'completion', limit: 200 })).result.structuredContent;
  expect(found.items.map(({ name }: { name: string }) => name)).toEqual(['deed-7.md', ...Array.from({ length: 10 }, (_, n) => `deed-7${n}.md`)]);
  const recent = (await house.call('content_list_recent_content', { limit: 1 })).result.structuredContent;
  expect(recent).toMatchObject({ items: [{ name: 'note.md', kind: 'file' }], nextCursor: '2' });
});
