import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ContentTreeReads, type ImportReport, importFolder } from '#content';
import type { EventAppender } from '#event-store';
import { isRefusal, LIMITS } from '#kernel';
import { type ContentHouse, openContent } from '../../../test/support/content.ts';

let house: ContentHouse;
let directory: string;

beforeAll(async () => {
  house = await openContent();
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'deponent-import-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));
afterAll(() => house.close());

async function lay(files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
}

async function openSite() {
  const org = house.organization();
  const siteId = await org.site('Imported');
  const ports = org.importPorts(siteId);
  return { org, siteId, ports, run: async () => reported(await importFolder({ directory, siteId }, ports)) };
}

function reported(result: Awaited<ReturnType<typeof importFolder>>): ImportReport {
  if (isRefusal(result)) throw new Error(result.message);
  return result;
}

/** `path@version: text` of every file, `(pending)` where it waits to be read, and `path/` of every folder. */
async function treeOf(reads: ContentTreeReads, siteId: string, parentId: string | null = null): Promise<string[]> {
  const found = await Promise.all(
    (await reads.listChildren(siteId, parentId)).map(async (item) => {
      const path = [...item.path, item].map(({ name }) => name).join('/');
      if (!item.file) return [`${path}/`, ...(await treeOf(reads, siteId, item.contentId))];
      const { version, rendition, extraction } = item.file.current;
      return [`${path}@${version}: ${rendition === null ? `(${extraction})` : (await reads.openRendition(siteId, rendition)).bytes.toString()}`];
    }),
  );
  return found.flat().sort();
}

describe('importing a folder', () => {
  it('brings folders and files of any text format, in any encoding', async () => {
    await lay({
      'readme.md': '# Hello\n',
      'a/b/deep.txt': 'deep\n',
      'a/latin.csv': Buffer.from('caf\xe9;1\r\n', 'latin1'),
      'a/b/page.html': '<p>x</p>',
      'empty.log': '',
      '-rf': 'a name like an option\n',
      'Sch\u00f6n \u{1F600}.json': '{}',
    });
    const { siteId, ports, run } = await openSite();
    expect(await run()).toEqual({ folders: 2, files: 7, versions: 0, unchanged: 0, skipped: { count: 0, named: [] } });
    expect(await treeOf(ports.reads, siteId)).toEqual(
      [
        '-rf@0: a name like an option\n',
        'Sch\u00f6n \u{1F600}.json@0: {}',
        'a/',
        'a/b/',
        'a/b/deep.txt@0: deep\n',
        'a/b/page.html@0: (pending)',
        'a/latin.csv@0: café;1\n',
        'empty.log@0: ',
        'readme.md@0: # Hello\n',
      ].sort(),
    );
    expect((await ports.reads.findSite(siteId))?.counts).toEqual({ files: 7, folders: 2 });
  });

  it('makes new versions of changed files only, when done again', async () => {
    await lay({ 'same.txt': 'same', 'd/changed.txt': 'before', 'd/gone.txt': 'was here' });
    const { siteId, ports, run } = await openSite();
    await run();
    await lay({ 'd/changed.txt': 'after', 'D2/new.txt': 'new' });
    await rm(join(directory, 'd/gone.txt'));
    expect(await run()).toEqual({ folders: 1, files: 1, versions: 1, unchanged: 1, skipped: { count: 0, named: [] } });
    expect(await treeOf(ports.reads, siteId)).toEqual([
      'D2/',
      'D2/new.txt@0: new',
      'd/',
      'd/changed.txt@1: after',
      'd/gone.txt@0: was here',
      'same.txt@0: same',
    ]);
    expect(await run()).toMatchObject({ folders: 0, files: 0, versions: 0, unchanged: 3 });
  });

  it('goes on where it was after being stopped between any two appends', async () => {
    await lay(Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`d${at % 3}/f${at}.txt`, `file ${at}\n`])));
    const { siteId, ports } = await openSite();
    let appends = 0;
    for (let allowed = 1, finished = false; !finished; allowed++) {
      let left = allowed;
      const appender: EventAppender = {
        append(request) {
          if (left-- === 0) throw new Error('killed');
          appends++;
          return ports.appender.append(request);
        },
      };
      finished = await importFolder({ directory, siteId }, { ...ports, appender }).then(
        () => true,
        () => false,
      );
    }
    expect(await treeOf(ports.reads, siteId)).toHaveLength(153);
    expect(appends).toBe(4);
  });

  it('reports and skips what it cannot take, and takes the rest', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'deponent-outside-'));
    await writeFile(join(outside, 'secret.txt'), 'outside');
    await lay({
      'good.txt': 'good',
      'image.png': Buffer.from('89504e470d0a1a0a0000', 'hex'),
      'data.bin': Buffer.from([0, 1, 2, 3]),
      'doc.pdf': '%PDF-1.7',
      'new\nline.txt': 'x',
      'evil\x1b[2J': 'x',
      'back\\slash': 'x',
      'huge.txt': '',
    });
    await truncate(join(directory, 'huge.txt'), LIMITS.importedFileBytes + 1);
    await symlink(join(outside, 'secret.txt'), join(directory, 'link-out.txt'));
    await symlink(outside, join(directory, 'dir-out'));
    await symlink('good.txt', join(directory, 'link-in.txt'));
    await symlink('.', join(directory, 'loop'));
    await symlink('nowhere', join(directory, 'dangling'));
    spawnSync('mkfifo', [join(directory, 'pipe.txt')]);

    const { siteId, ports, run } = await openSite();
    const report = await run();
    expect(await treeOf(ports.reads, siteId)).toEqual(['doc.pdf@0: (pending)', 'good.txt@0: good']);
    expect(Object.fromEntries(report.skipped.named.map(({ path, reason }) => [path, reason]))).toEqual({
      'image.png': 'Text is not taken from images.',
      'data.bin': 'Text is not taken from binary files.',
      'new\uFFFDline.txt': expect.stringContaining('control characters'),
      'evil\uFFFD[2J': expect.stringContaining('control characters'),
      'back\\slash': expect.stringContaining('slashes'),
      'huge.txt': expect.stringContaining('larger than'),
      'link-out.txt': 'It is a link.',
      'dir-out': 'It is a link.',
      'link-in.txt': 'It is a link.',
      loop: 'It is a link.',
      dangling: 'It is a link.',
      'pipe.txt': 'It is not a regular file.',
    });
    expect(report.skipped.count).toBe(12);
  });

  it('skips what it may not read, and a name that is no text', async () => {
    await lay({ 'good.txt': 'good', 'locked.txt': 'x', 'locked-dir/a.txt': 'x' });
    await writeFile(Buffer.concat([Buffer.from(`${directory}/bad-`), Buffer.from([0xff])]), 'x');
    await chmod(join(directory, 'locked.txt'), 0);
    await chmod(join(directory, 'locked-dir'), 0);
    const { siteId, ports, run } = await openSite();
    const report = await run();
    const reasons = Object.fromEntries(report.skipped.named.map(({ path, reason }) => [path, reason]));
    expect(reasons['bad-\uFFFD']).toContain('broken characters');
    // Root reads everything: there the locked ones are imported.
    const readable = process.getuid?.() === 0;
    expect(reasons['locked.txt']).toBe(readable ? undefined : 'It cannot be read (EACCES).');
    expect(reasons['locked-dir']).toBe(readable ? undefined : 'It cannot be read (EACCES).');
    expect(await treeOf(ports.reads, siteId)).toContain('good.txt@0: good');
    await chmod(join(directory, 'locked-dir'), 0o700);
  });

  it('takes the first of two names that are one name here', async () => {
    await lay({ 'Docs/a.txt': 'a', 'docs/b.txt': 'b', 'caf\u00e9.txt': 'composed', 'cafe\u0301.txt': 'decomposed' });
    const { siteId, ports, run } = await openSite();
    const report = await run();
    expect(report.skipped.named.map(({ path }) => path)).toEqual(['caf\u00e9.txt', 'docs']);
    expect(await treeOf(ports.reads, siteId)).toEqual(['Docs/', 'Docs/a.txt@0: a', 'café.txt@0: decomposed']);
  });

  it('finds the folder that another import creates at the same time, and leaves to others what they save meanwhile', async () => {
    await lay({ 'shared/a.txt': 'changed here' });
    const { org, siteId, ports } = await openSite();
    const shared = await org.folder(siteId, null, 'SHARED');
    const file = await org.file(siteId, shared, 'a.txt', 'before');
    const blind: ContentTreeReads['listChildren'] = async (...place) => {
      const now = await ports.reads.listChildren(...place);
      if (place[1] !== null) await org.version(siteId, file, 'saved by a colleague');
      return first.splice(0, 1).length > 0 ? [] : now;
    };
    const first = ['the first look is too early'];
    const report = reported(await importFolder({ directory, siteId }, { ...ports, reads: { ...ports.reads, listChildren: blind } }));
    expect(report).toMatchObject({
      folders: 0,
      files: 0,
      versions: 0,
      skipped: { named: [{ path: 'shared/a.txt', reason: 'It was saved by someone else at the same time.' }] },
    });
    expect(await treeOf(ports.reads, siteId)).toEqual(['SHARED/', 'SHARED/a.txt@1: saved by a colleague']);
  });

  it('says how far it is, and refuses what is no directory or no site', async () => {
    await lay({ 'a.txt': 'a', 'b/c.txt': 'c', 'b/d.bin': '\0' });
    const { siteId, ports } = await openSite();
    const seen: string[] = [];
    await importFolder({ directory, siteId }, ports, ({ done, total, skipped }) => seen.push(`${done}/${total} ${skipped}`));
    expect(seen).toEqual(['1/3 0', '2/3 0', '3/3 0']);
    for (const nothing of [join(directory, 'a.txt'), join(directory, 'none')]) {
      expect(await importFolder({ directory: nothing, siteId }, ports)).toMatchObject({ code: 'not_found' });
    }
    expect(await importFolder({ directory, siteId: 'sit_none' }, ports)).toMatchObject({ code: 'not_found' });
  });

  it('takes 200 files in a few seconds', async () => {
    await lay(
      Object.fromEntries(
        Array.from({ length: 200 }, (_, at) => [`f${at % 20}/${at}.md`, `# ${at}\n${'A sentence of some length, about nothing.\n'.repeat(100)}`]),
      ),
    );
    const { run } = await openSite();
    const start = performance.now();
    expect(await run()).toMatchObject({ files: 200, folders: 20 });
    expect(performance.now() - start).toBeLessThan(8_000);
  });
});
