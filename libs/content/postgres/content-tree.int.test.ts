import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { createOpenRenditions, oneRoleIn, type Rendition, takeWindow } from '#content';
import { StoreUnavailable } from '#event-store';
import { isRefusal, sha256Hex } from '#kernel';
import { type ContentHouse, openContent } from '../../../test/support/content.ts';
import { createMemoryArtefacts } from '../memory/index.ts';
import { contentReads } from './content-reads.ts';
import { contentTree } from './content-tree.ts';
import { migrations } from './migrations.ts';
import { createOpenedRows } from './opened-rows.ts';
import { CHILDREN, ITEM, SITE, SITES, VERSIONS } from './statements.ts';

let house: ContentHouse;
beforeAll(async () => {
  house = await openContent();
});
afterAll(() => house.close());

const POLICY = 'First line\r\nZweite Zeile: Größe\r\n第三行\r\nlast';

describe('the content tree', () => {
  it('shows a site with its counts, a file with its path and version, and the text behind it', async () => {
    const org = house.organization();
    const siteId = await org.site('Human Resources');
    const policies = await org.folder(siteId, null, 'Policies');
    const leave = await org.folder(siteId, policies, 'Leave');
    const contentId = await org.file(siteId, leave, 'Parental.MD', POLICY);
    const reads = org.readsOf([siteId]);

    expect(await reads.findSite(siteId)).toEqual({
      siteId,
      name: 'Human Resources',
      relationship: 'owner',
      role: 'owner',
      accepted: true,
      readOnly: false,
      tags: [],
      counts: { files: 1, folders: 2 },
      updatedAt: expect.any(Number),
      permissions: { read: true, list: true, search: true, upload: true, createFolder: true, edit: true, delete: true },
    });
    const item = await reads.findContent(contentId);
    expect(item).toEqual({
      contentId,
      kind: 'file',
      siteId,
      siteName: 'Human Resources',
      parentId: leave,
      name: 'Parental.MD',
      path: [
        { contentId: policies, name: 'Policies' },
        { contentId: leave, name: 'Leave' },
      ],
      tags: [],
      createdAt: expect.any(Number),
      updatedAt: expect.any(Number),
      revision: 2,
      file: {
        versionCount: 1,
        current: {
          version: 0,
          createdAt: item?.createdAt,
          size: Buffer.byteLength(POLICY),
          contentType: 'text/markdown',
          extension: 'md',
          sourceSha256: sha256Hex(POLICY),
          extraction: 'ok',
          extractionReason: null,
          extractor: { name: 'text', version: '1' },
          rendition: { artefact: expect.stringMatching(/^[0-9a-f]{64}$/), sha256: sha256Hex(POLICY.replaceAll('\r', '')), totalLines: 4 },
        },
      },
    });
    const rendition = await reads.openRendition(siteId, item!.file!.current.rendition!);
    expect(rendition.bytes.toString()).toBe(POLICY.replaceAll('\r', ''));
    expect(await reads.openRendition(siteId, item!.file!.current.rendition!)).toBe(rendition);
  });

  it('keeps every version, the newest first and current, and their texts readable', async () => {
    const org = house.organization();
    const siteId = await org.site('Versions');
    const contentId = await org.file(siteId, null, 'a.txt', 'original\n');
    for (const text of ['second\n', 'third\n']) await org.version(siteId, contentId, text);
    const reads = org.readsOf([siteId]);
    const versions = await reads.listVersions(contentId);
    expect(versions.map(({ version }) => version)).toEqual([2, 1, 0]);
    expect((await reads.findContent(contentId))?.file).toEqual({ current: versions[0], versionCount: 3 });
    const texts = await Promise.all(versions.map(async ({ rendition }) => (await reads.openRendition(siteId, rendition!)).bytes.toString()));
    expect(texts).toEqual(['third\n', 'second\n', 'original\n']);
  });

  it('lists what is directly in a place, and sites by name', async () => {
    const org = house.organization();
    const [zebra, apple] = [await org.site('zebra'), await org.site('Äpfel'.normalize('NFD'))];
    const second = await org.site('Zebra');
    const folder = await org.folder(zebra, null, 'F');
    const [top, inside] = [await org.file(zebra, null, 'top', 't'), await org.file(zebra, folder, 'inside', 'i')];
    const reads = org.readsOf([zebra, apple, second]);
    const ids = async (siteId: string, parentId: string | null) => (await reads.listChildren(siteId, parentId)).map(({ contentId }) => contentId).sort();
    expect(await ids(zebra, null)).toEqual([folder, top].sort());
    expect(await ids(zebra, folder)).toEqual([inside]);
    expect(await ids(apple, folder)).toEqual([]);
    expect(await ids(apple, zebra)).toEqual([]);
    expect(await reads.listVersions(folder)).toEqual([]);
    expect((await reads.listSites()).map(({ siteId }) => siteId)).toEqual([...[zebra, second].sort(), apple]);
  });

  it('keeps what has no text, and says why', async () => {
    const org = house.organization();
    const siteId = await org.site('Binary');
    const contentId = await org.file(siteId, null, 'photo.jpg', Buffer.from('89504e470d0a1a0a', 'hex'));
    expect((await org.readsOf([siteId]).findContent(contentId))?.file?.current).toMatchObject({
      contentType: 'image/png',
      extraction: 'no_text',
      extractionReason: 'Text is not taken from images.',
      extractor: null,
      rendition: null,
    });
  });
});

describe('what a caller may not read', () => {
  it('is not found by its id: another organisation, another site, no site at all', async () => {
    const [ours, theirs] = [house.organization(), house.organization()];
    const [siteId, theirSite] = [await ours.site('Ours'), await theirs.site('Theirs')];
    const hidden = await ours.site('Hidden');
    const [theirFile, hiddenFile] = [await theirs.file(theirSite, null, 'secret', 's'), await ours.file(hidden, null, 'hidden', 'h')];

    const reads = ours.readsOf([siteId, theirSite]);
    expect(await Promise.all([theirFile, hiddenFile].map(reads.findContent))).toEqual([null, null]);
    expect(await Promise.all([theirFile, hiddenFile].map(reads.listVersions))).toEqual([[], []]);
    expect(await Promise.all([theirSite, hidden].map(reads.findSite))).toEqual([null, null]);
    expect(await Promise.all([theirSite, hidden].map((id) => reads.listChildren(id, null)))).toEqual([[], []]);
    expect((await reads.listSites()).map((site) => site.siteId)).toEqual([siteId]);
    const [version] = await ours.readsOf([hidden]).listVersions(hiddenFile);
    await expect(reads.openRendition(hidden, version!.rendition!)).rejects.toThrow('may not read');

    const nobody = ours.readsOf([]);
    expect([await nobody.listSites(), await nobody.findSite(siteId), await nobody.listChildren(siteId, null)]).toEqual([[], null, []]);
  });

  it.each(['%', '_', '*', '**', "' or 1=1 --", '', '\\'])('is not matched by a pattern: %j', async (id) => {
    const org = house.organization();
    const siteId = await org.site('Patterns');
    await org.file(siteId, null, 'a', 'a');
    const reads = org.readsOf([siteId, id]);
    expect([await reads.findContent(id), await reads.findSite(id), await reads.listChildren(siteId, id), await reads.listVersions(id)]).toEqual([
      null,
      null,
      [],
      [],
    ]);
  });

  it('is gone once its name is erased, though its events stay', async () => {
    const org = house.organization();
    const siteId = await org.site('Erasure');
    const folder = await org.folder(siteId, null, 'Case 42');
    const [contentId, other] = [await org.file(siteId, folder, 'person.txt', 'x'), await org.file(siteId, folder, 'stays.txt', 'y')];
    const reads = org.readsOf([siteId]);
    expect(await reads.findContent(contentId)).not.toBeNull();
    await house.pool.query('delete from items_vault where organization = $1 and id = any ($2)', [org.id, [contentId, folder]]);
    expect(await reads.findContent(contentId)).toBeNull();
    expect((await reads.findContent(other))?.path).toEqual([{ contentId: folder, name: '(erased)' }]);
  });

  it('follows the role in each site', async () => {
    const org = house.organization();
    const siteId = await org.site('Roles');
    const of = async (role: 'viewer' | 'uploader' | 'editor') => {
      const site = await org.readsOf([siteId], role).findSite(siteId);
      return [site?.relationship, site?.role, site?.permissions.read, site?.permissions.upload, site?.permissions.edit];
    };
    expect(await of('viewer')).toEqual(['shared', 'viewer', true, false, false]);
    expect(await of('uploader')).toEqual(['shared', 'uploader', true, true, false]);
    expect(await of('editor')).toEqual(['shared', 'editor', true, true, true]);
  });
});

describe('an outage of the database', () => {
  it('is said to be one', async () => {
    const gone = new Pool({ host: '127.0.0.1', port: 1 });
    const reads = contentReads({
      pool: gone,
      organization: 'org_1',
      vaultKey: Buffer.alloc(32),
      artefacts: createMemoryArtefacts(Buffer.alloc(32)),
      renditions: createOpenRenditions(),
      openedRows: createOpenedRows(),
      roles: oneRoleIn(['sit_1'], 'owner'),
      memory: null,
      baseUrl: '',
    });
    await expect(reads.findSite('sit_1')).rejects.toBeInstanceOf(StoreUnavailable);
  });
});

describe('what is stored', () => {
  it('holds no name, no text and no plain digest outside the vault', async () => {
    const org = house.organization();
    const siteId = await org.site('canary-site');
    const folder = await org.folder(siteId, null, 'canary-folder');
    await org.file(siteId, folder, 'canary-file.canary', 'canary-text\r\n');
    const { rows: tables } = await house.pool.query<{ name: string }>("select tablename as name from pg_tables where schemaname = 'public'");
    const dump = await Promise.all(tables.map(async ({ name }) => JSON.stringify((await house.pool.query(`select t::text from ${name} t`)).rows)));
    const bodies = (await house.store.readAll({ after: 0, limit: 1000, organization: org.id })).map(({ body }) => body.toString());
    const canaries = ['canary', sha256Hex('canary-text\r\n'), sha256Hex('canary-text\n'), createHash('md5').update('canary-text\n').digest('hex')];
    for (const canary of canaries) {
      const seen = [...dump, ...bodies].filter((text) => text.includes(canary) || text.includes(Buffer.from(canary).toString('hex')));
      expect(seen).toEqual([]);
    }
    expect(bodies).toHaveLength(5);
  });

  it('is the same, row for row, when the view is built again from the events', async () => {
    const rows = async (schema: string) =>
      Promise.all(
        contentTree.tables.map(
          async (table) => (await house.pool.query(`select to_jsonb(t) as row from ${schema}.${table} t order by t::text collate "C"`)).rows,
        ),
      );
    const client = await house.pool.connect();
    try {
      await client.query('create schema rebuilt');
      await client.query('set search_path = rebuilt, public');
      for (const { sql } of migrations) await client.query(sql);
      for (const event of await house.store.readAll({ after: 0, limit: 1000 })) {
        if (contentTree.handles.includes(event.type)) await contentTree.apply(event, { query: (text, values = []) => client.query(text, [...values]) });
      }
      const built = await rows('rebuilt');
      expect(built).toEqual(await rows('public'));
      expect(built.every((table) => table.length > 5)).toBe(true);
    } finally {
      await client.query('drop schema rebuilt cascade; reset search_path');
      client.release();
    }
  });

  it.each([SITES, SITE, ITEM, CHILDREN, VERSIONS])(
    'is looked up by whole keys, in a plan made before anything is known of the tables: $name',
    async ({ text }) => {
      const client = await house.pool.connect();
      try {
        const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (generic_plan) ${text}`);
        const plan = rows.map((row) => row['QUERY PLAN'].trim());
        const lookUps = plan.flatMap((line, at) => (line.includes('items_vault') ? [plan[at + 1]] : []));
        expect(lookUps.length).toBeGreaterThan(0);
        for (const condition of lookUps) expect(condition).toMatch(/^Index Cond: .*organization = .*kind = .*id = /);
      } finally {
        client.release();
      }
    },
  );

  it('is listed quickly right after thousands of files came', async () => {
    const siteId = await house.organization().site('Full');
    const org = (await house.pool.query<{ organization: string }>('select organization from sites_view where site_id = $1', [siteId])).rows[0]?.organization;
    await house.pool.query(`insert into contents_view select 'con_' || i, $1, $2, $2, '{}', 'file', 0, 2, 0, 0, 0 from generate_series(1, 5000) i`, [
      org,
      siteId,
    ]);
    await house.pool.query(`insert into versions_view select 'con_' || i, 0, 0, 0, 'b', 'ok', 'text', '1', 'r', 1 from generate_series(1, 5000) i`);
    await house.pool.query(
      `insert into items_vault select $1, 'name', 'con_' || i || suffix, '' from generate_series(1, 5000) i, unnest(array['', '@0']) suffix`,
      [org],
    );
    const start = performance.now();
    const { rows } = await house.pool.query(CHILDREN.text, [org, [siteId], siteId]);
    expect(rows).toHaveLength(5000);
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});

describe('windows of stored text', () => {
  const printed = (rendition: Rendition, start: number, end: number) => spawnSync('sed', ['-n', `${start},${end}p`], { input: rendition.bytes }).stdout;

  it("are, byte for byte, what sed -n 'a,bp' prints of the rendition", async () => {
    const org = house.organization();
    const siteId = await org.site('sed');
    const lines = Array.from({ length: 400 }, (_, line) => (line % 7 === 0 ? '' : `${line} naïve 日本 😀 ${'word '.repeat(line % 40)}`));
    const contentId = await org.file(siteId, null, 'a.log', lines.join('\r\n'));
    const reads = org.readsOf([siteId]);
    const item = await reads.findContent(contentId);
    const rendition = await reads.openRendition(siteId, item!.file!.current.rendition!);
    for (const [start, end, maxTokens] of [
      [1, 1, 32_000],
      [2, 60, 500],
      [60, 400, 32_000],
      [399, 900, 32_000],
      [14, 15, 700],
      [1, 400, 5_000],
    ] as const) {
      const taken = takeWindow(rendition, { lines: { start, end }, maxTokens });
      if (isRefusal(taken)) throw new Error(taken.message);
      expect(taken.partialLine).toBeNull();
      expect(sha256Hex(taken.text)).toBe(sha256Hex(printed(rendition, taken.lineStart, taken.lineEnd)));
    }
  });
});
