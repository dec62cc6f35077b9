import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { extractionQueue } from '#content/postgres';
import { openRow } from '#event-store';
import { LIMITS } from '#kernel';
import { type ContentHouse, openContent } from '../../../test/support/content.ts';
import { fileStream } from '../streams.ts';
import { docx, pdf, pdfBomb, wordParagraph } from './documents.fixture.ts';
import type { ExtractionHouse } from './read-version.ts';
import { readSite, runExtractions } from './run-extractions.ts';

let house: ContentHouse;
beforeAll(async () => {
  house = await openContent();
});
afterAll(() => house.close());

const connect = () => new Client({ connectionString: house.pool.options.connectionString }).connect();

type Organization = ReturnType<ContentHouse['organization']>;

async function openSite() {
  const org = house.organization();
  const siteId = await org.site('Documents');
  const failures: unknown[] = [];
  const { vaultKey, artefacts, clock, random } = org.importPorts(siteId);
  const extraction: ExtractionHouse = {
    queue: extractionQueue(house.pool, connect),
    store: house.store,
    meansOf: async () => ({ vaultKey, artefacts }),
    clock,
    random,
    failed: (error) => failures.push(error),
  };
  const readAll = () => readSite(extraction, siteId, () => undefined, new AbortController().signal);
  return { org, siteId, extraction, vaultKey, failures, readAll };
}

/** Statuses and texts of the versions, oldest first. */
async function versionsOf(org: Organization, siteId: string, contentId: string): Promise<(readonly [string, string | null])[]> {
  const reads = org.readsOf([siteId]);
  const versions = [...(await reads.listVersions(contentId))].reverse();
  return Promise.all(
    versions.map(async ({ extraction, rendition }) => [extraction, rendition && (await reads.openRendition(siteId, rendition)).bytes.toString()] as const),
  );
}

async function completions(contentId: string): Promise<unknown[]> {
  const events = await house.store.readStream(fileStream.nameOf(contentId));
  return events.filter(({ type }) => type === 'content.ExtractionCompleted').map(({ body }) => JSON.parse(body.toString()));
}

async function attemptsAt(contentId: string): Promise<number> {
  const { rows } = await house.pool.query<{ attempts: number }>('select attempts from extraction_attempts where content_id = $1', [contentId]);
  return rows[0]?.attempts ?? 0;
}

describe('extraction', () => {
  it('gives a saved document its text, once, and what its bytes are beside what was declared', async () => {
    const { org, siteId, vaultKey, readAll } = await openSite();
    const contentId = await org.file(siteId, null, 'contract.txt', pdf([['Rent is due.'], ['On the first.']]));
    await house.follow();
    expect(await versionsOf(org, siteId, contentId)).toEqual([['pending', null]]);
    expect((await readAll()).get('ok')).toBe(1);
    expect(await versionsOf(org, siteId, contentId)).toEqual([['ok', 'Rent is due.\n\nOn the first.\n']]);
    expect((await readAll()).size).toBe(0);
    const find = async () => (await org.searchOf([siteId]).findChunks({ text: 'rent due', siteIds: null, passes: () => true, limit: 9 })).chunks.length;
    await house.follow();
    expect(await find()).toBe(1);

    const item = await org.readsOf([siteId]).findContent(contentId);
    expect(item?.file?.current).toMatchObject({ contentType: 'application/pdf', extractor: { name: 'pdf', version: '1' }, extractionReason: null });
    expect(await completions(contentId)).toEqual([
      {
        contentId,
        version: 0,
        extraction: 'ok',
        extractor: { name: 'pdf', version: '1' },
        rendition: { artefact: item?.file?.current.rendition?.artefact, totalLines: 3 },
        pages: 2,
        characters: 28,
      },
    ]);
    const { rows } = await house.pool.query<{ ciphertext: Buffer }>(`select ciphertext from items_vault where id = $1`, [`${contentId}@0`]);
    expect(openRow(vaultKey, { kind: 'name', id: `${contentId}@0`, ciphertext: rows[0]!.ciphertext })).toMatchObject({
      declaredContentType: null,
      extension: 'txt',
    });
  });

  it('reads each version once, however many read and save at the same time', async () => {
    const { org, siteId, extraction, failures } = await openSite();
    const files = await Promise.all(Array.from({ length: 6 }, (_, at) => org.file(siteId, null, `${at}.docx`, docx(wordParagraph(`file ${at}`)))));
    const ended = new AbortController();
    const readers = [runExtractions(extraction, ended.signal), runExtractions(extraction, ended.signal)];
    await org.version(siteId, files[0]!, 'plain text now');
    while ((await extraction.queue.unread(siteId)).length > 0) await pause(50);
    ended.abort();
    await Promise.all(readers);
    for (const [at, contentId] of files.entries()) {
      expect((await versionsOf(org, siteId, contentId))[0]).toEqual(['ok', `file ${at}\n\n[^2]: As amended.\n`]);
      expect(await completions(contentId)).toHaveLength(1);
    }
    expect((await org.readsOf([siteId]).findContent(files[0]!))?.file).toMatchObject({ versionCount: 2, current: { version: 1, extraction: 'ok' } });
    expect(failures).toEqual([]);
  });

  it('tries a poisonous document twice, then says so, and reads the others', async () => {
    const { org, siteId, failures, readAll } = await openSite();
    const poisonous = await org.file(siteId, null, 'bomb.pdf', pdfBomb(1_000));
    const good = await org.file(siteId, null, 'good.pdf', pdf([['good']]));
    const outcomes = await readAll();
    expect([outcomes.get('ok'), outcomes.get('failed'), outcomes.get('pending')]).toEqual([1, 1, 0]);
    expect(await versionsOf(org, siteId, good)).toEqual([['ok', 'good\n']]);
    expect(await versionsOf(org, siteId, poisonous)).toEqual([['failed', null]]);
    expect((await org.readsOf([siteId]).findContent(poisonous))?.file?.current.extractionReason).toContain('memory');
    expect([await attemptsAt(poisonous), await attemptsAt(good), failures]).toEqual([LIMITS.extractionAttempts, 1, []]);
  }, 120_000);

  it('goes on after being killed, and gives up what was cut short too often', async () => {
    const { org, siteId, extraction, readAll } = await openSite();
    const once = await org.file(siteId, null, 'once.pdf', pdf([['once']]));
    const twice = await org.file(siteId, null, 'twice.pdf', pdf([['twice']]));
    // A process that is killed leaves a counted attempt and a closed connection.
    for (const contentId of [once, twice, twice]) {
      const unread = (await extraction.queue.unread(siteId)).find((version) => version.contentId === contentId)!;
      const claim = await extraction.queue.claim(unread);
      expect(await extraction.queue.claim(unread)).toBeNull();
      claim?.release();
      while ((await house.pool.query(`select from pg_locks where locktype = 'advisory'`)).rows.length > 0) await pause(10);
    }
    await readAll();
    expect(await versionsOf(org, siteId, once)).toEqual([['ok', 'once\n']]);
    expect(await versionsOf(org, siteId, twice)).toEqual([['failed', null]]);
  });

  it('does not count an attempt that was ended from outside', async () => {
    const { org, siteId, extraction, readAll } = await openSite();
    const contentId = await org.file(siteId, null, 'a.pdf', pdf(Array.from({ length: 1_500 }, (_, page) => [`page ${page}`])));
    const ended = new AbortController();
    const running = runExtractions(extraction, ended.signal);
    while ((await attemptsAt(contentId)) === 0) await pause(5);
    ended.abort();
    await running;
    expect([await attemptsAt(contentId), await versionsOf(org, siteId, contentId)]).toEqual([0, [['pending', null]]]);
    await readAll();
    expect((await versionsOf(org, siteId, contentId))[0]?.[0]).toBe('ok');
  });

  it('records why a document has no text', async () => {
    const { org, siteId, readAll } = await openSite();
    const contentId = await org.file(siteId, null, 'scan.pdf', pdf([[]]));
    await readAll();
    const current = (await org.readsOf([siteId]).findContent(contentId))?.file?.current;
    expect(current).toMatchObject({ extraction: 'no_text', extractionReason: expect.stringContaining('scanned'), rendition: null, extractor: null });
  });
});
