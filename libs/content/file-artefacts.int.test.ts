import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StoreUnavailable } from '#event-store';
import { describeArtefactStore } from './artefact-store.suite.ts';
import { createFileArtefacts } from './file-artefacts.ts';

let root: string;
const keys: Readonly<Record<string, Buffer>> = { org_one: randomBytes(32), org_two: randomBytes(32) };
const random = (length: number) => randomBytes(length);
const open = (organization: string) => createFileArtefacts({ root, organization, blobKey: keys[organization] ?? randomBytes(32), random, clock: Date.now });

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'deponent-artefacts-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describeArtefactStore('files', open);

describe('artefacts as files', () => {
  const secret = 'The canary text that must not lie on this disk.\n'.repeat(20);

  it('lie encrypted under their organisation, for the owner alone, with nothing left beside them', async () => {
    const address = await open('org_one').put(Buffer.from(secret));
    const directory = join(root, 'org_one', address.slice(0, 2));
    const path = join(directory, address.slice(2));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect((await readFile(path)).includes('canary')).toBe(false);
    expect((await readdir(root, { recursive: true })).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('are refused when any byte has changed, or when they lie under another address', async () => {
    const store = open('org_one');
    const [address, other] = [await store.put(Buffer.from(secret)), await store.put(Buffer.from('other'))];
    const pathOf = (of: string) => join(root, 'org_one', of.slice(0, 2), of.slice(2));
    const sealed = await readFile(pathOf(address));
    for (const at of [0, 12, 28, sealed.length - 1]) {
      const changed = Buffer.from(sealed);
      changed[at]! ^= 1;
      await writeFile(pathOf(address), changed);
      await expect(store.get(address)).rejects.toThrow();
    }
    await rename(pathOf(other), pathOf(address));
    await expect(store.get(address)).rejects.toThrow();
  });

  it('grow young again when put again', async () => {
    const store = open('org_one');
    const address = await store.put(Buffer.from('old'));
    const path = join(root, 'org_one', address.slice(0, 2), address.slice(2));
    await utimes(path, new Date(0), new Date(0));
    await store.put(Buffer.from('old'));
    expect((await stat(path)).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
  });

  it('say that they cannot be reached when the disk refuses', async () => {
    const file = join(root, 'no-directory');
    await writeFile(file, '');
    const store = createFileArtefacts({ root: file, organization: 'org_one', blobKey: randomBytes(32), random, clock: Date.now });
    await expect(store.put(Buffer.from('x'))).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(store.get('f'.repeat(64))).rejects.toBeInstanceOf(StoreUnavailable);
  });

  it('are made for organisation ids only', () => {
    expect(() => open('../elsewhere')).toThrow(TypeError);
  });
});
