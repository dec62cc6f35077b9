import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { describeArtefactStore } from '../artefact-store.suite.ts';
import type { ArtefactStore } from '../artefact-store.ts';
import { renditionOf } from '../lines.ts';
import { createLru } from '../lru.ts';
import { encodeRendition } from '../rendition.ts';
import { createOpenRenditions } from '../renditions.ts';
import { createMemoryArtefacts } from './index.ts';

const keyOf = (organization: string) => createHash('sha256').update(organization).digest();
const stores = { org_one: createMemoryArtefacts(keyOf('one')), org_two: createMemoryArtefacts(keyOf('two')) };
describeArtefactStore('memory', (organization) => stores[organization]);

describe('opened renditions', () => {
  function counting(store: ArtefactStore) {
    const counted = {
      ...store,
      reads: 0,
      get(address: string) {
        counted.reads++;
        return store.get(address);
      },
    };
    return counted;
  }

  it('are read once, also by many at once, and given without a copy', async () => {
    const artefacts = counting(createMemoryArtefacts(keyOf('one')));
    const address = await artefacts.put(encodeRendition(renditionOf('one\ntwo\n')));
    const renditions = createOpenRenditions();
    const opened = await Promise.all([1, 2, 3].map(() => renditions.open(artefacts, address)));
    expect(await renditions.open(artefacts, address)).toBe(opened[0]);
    expect(new Set(opened).size).toBe(1);
    expect(artefacts.reads).toBe(1);
    expect(opened[0]?.bytes.toString()).toBe('one\ntwo\n');
  });

  it('leave when the bytes are too many, the one not used for longest first', async () => {
    const artefacts = counting(createMemoryArtefacts(keyOf('one')));
    const [a, b, c, huge] = await Promise.all(
      ['a', 'b', 'c', 'd'].map((letter) => artefacts.put(encodeRendition(renditionOf(letter.repeat(letter === 'd' ? 9000 : 1000))))),
    );
    const renditions = createOpenRenditions(2_500);
    for (const address of [a, b, a, c, a, huge, a, b]) await renditions.open(artefacts, address!);
    expect(artefacts.reads).toBe(5);
  });

  it('do not remember a failure', async () => {
    const artefacts = createMemoryArtefacts(keyOf('one'));
    const bytes = encodeRendition(renditionOf('late\n'));
    const address = await createMemoryArtefacts(keyOf('one')).put(bytes);
    const renditions = createOpenRenditions();
    await expect(renditions.open(artefacts, address)).rejects.toThrow('not stored');
    await artefacts.put(bytes);
    expect((await renditions.open(artefacts, address)).bytes.toString()).toBe('late\n');
  });
});

describe('what was used last', () => {
  it('stays within its capacity, also when a value is replaced by a heavier one', () => {
    const lru = createLru<number>({ capacity: 10, weigh: (value) => value });
    lru.set('a', 4);
    lru.set('b', 4);
    lru.set('a', 7);
    expect([lru.get('a'), lru.get('b')]).toEqual([7, undefined]);
    lru.set('c', 3);
    lru.set('d', 11);
    expect([lru.get('a'), lru.get('c'), lru.get('d')]).toEqual([7, 3, undefined]);
  });
});
