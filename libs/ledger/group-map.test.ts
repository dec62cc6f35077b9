import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sha256 } from '#kernel';
import { groupKey, groupValue, loadMapPages, type MapChange, mapProof, updateMap, verifyMapProof } from './group-map.ts';
import { decodePage, encodePage, type MapPage } from './map-page.ts';

/** EVIDENCE, "Group map", word for word: the oracle. */
function naiveRoot(leaves: readonly MapChange[], bit = 0): Buffer {
  const [only] = leaves;
  if (only === undefined) return Buffer.alloc(32);
  if (leaves.length === 1) return sha256(Buffer.concat([Buffer.of(0x10), only.key, only.value]));
  const isSet = ({ key }: MapChange) => ((key[bit >> 3]! >> (7 - (bit % 8))) & 1) === 1;
  const left = naiveRoot(
    leaves.filter((leaf) => !isSet(leaf)),
    bit + 1,
  );
  return sha256(Buffer.concat([Buffer.of(0x11), left, naiveRoot(leaves.filter(isSet), bit + 1)]));
}

/** Keys that share long prefixes as well as keys that share none. */
const key = fc.oneof(
  fc.nat(5_000).map((n) => sha256(`key ${n}`)),
  fc.tuple(fc.nat(3), fc.nat(255), fc.nat(31)).map(([prefix, byte, at]) => {
    const bytes = Buffer.alloc(32, prefix);
    bytes[at] = byte;
    return bytes;
  }),
);
const changes = fc.array(fc.record({ key, value: fc.nat(1_000).map((n) => sha256(`value ${n}`)) }), { maxLength: 60 });

/** A database of encoded pages. */
function pageStore() {
  const stored = new Map<string, Buffer>();
  let calls = 0;
  return {
    stored,
    calls: () => calls,
    load: async (prefixes: readonly string[]) => {
      calls++;
      return new Map(prefixes.flatMap((prefix) => (stored.has(prefix) ? [[prefix, stored.get(prefix)!]] : [])));
    },
    write: (pages: ReadonlyMap<string, MapPage>) => {
      for (const [prefix, page] of pages) stored.set(prefix, encodePage(page));
    },
  };
}

describe('the group map', () => {
  it('in stored pages, changed batch by batch, has the root of the specification and proves every group', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(changes, { maxLength: 4 }), key, async (batches, absent) => {
        const store = pageStore();
        const all = new Map<string, MapChange>();
        let root: Buffer = Buffer.alloc(32);
        for (const batch of batches) {
          for (const change of batch) all.set(change.key.toString('hex'), change);
          const pages = await loadMapPages(
            store.load,
            batch.map((change) => change.key),
          );
          const update = updateMap(pages, batch);
          if (batch.length > 0) root = update.root;
          store.write(update.changedPages);
          expect(root).toEqual(naiveRoot([...all.values()]));
        }
        for (const change of all.values()) {
          const found = mapProof(await loadMapPages(store.load, [change.key]), change.key)!;
          expect(found.value).toEqual(change.value);
          expect(verifyMapProof({ ...change, proof: found.proof, root })).toBe(true);
          expect(verifyMapProof({ ...change, value: sha256('other'), proof: found.proof, root })).toBe(false);
          expect(verifyMapProof({ ...change, key: sha256('other'), proof: found.proof, root })).toBe(false);
          expect(verifyMapProof({ ...change, proof: [...found.proof, root], root })).toBe(false);
          expect(verifyMapProof({ ...change, proof: found.proof.slice(1), root })).toBe(found.proof.length === 0);
        }
        if (!all.has(absent.toString('hex'))) expect(mapProof(await loadMapPages(store.load, [absent]), absent)).toBeNull();
        for (const bytes of store.stored.values()) expect(encodePage(decodePage(bytes))).toEqual(bytes);
      }),
      { numRuns: 60 },
    );
  });

  it('of no group is 32 zero bytes, and of one group its leaf', () => {
    expect(updateMap(new Map(), []).root).toEqual(Buffer.alloc(32));
    const one = { key: groupKey('o', 'cor_x'), value: groupValue({ count: 1, first: 0, head: Buffer.alloc(32), last: 0 }) };
    const { root, changedPages } = updateMap(new Map(), [one]);
    expect(root).toEqual(naiveRoot([one]));
    expect(mapProof(changedPages, one.key)).toEqual({ value: one.value, proof: [] });
  });

  it('its keys and values are those of the specification', () => {
    expect(groupKey('deponent/a/b', 'cor_x')).toEqual(sha256('deponent-group/v1\ndeponent/a/b\ncor_x'));
    const head = Buffer.alloc(32, 1);
    expect(groupValue({ count: 7, first: 3, head, last: 41 })).toEqual(sha256(`{"count":7,"first":3,"head":"${head.toString('base64')}","last":41}`));
  });

  it('refuses to work from pages that were not loaded, and pages that are none', () => {
    const batch = Array.from({ length: 40 }, (_, at) => ({ key: sha256(`k${at}`), value: sha256('v') }));
    const { changedPages } = updateMap(new Map(), batch);
    const rootOnly = new Map([['', changedPages.get('')!]]);
    expect(() => updateMap(rootOnly, batch)).toThrow(/was not loaded/);
    expect(() => decodePage(Buffer.concat([encodePage(changedPages.get('')!), Buffer.of(0)]))).toThrow(RangeError);
  });

  it('a batch of a large map loads a few levels and changes only the pages on its ways', async () => {
    const store = pageStore();
    const groups = Array.from({ length: 20_000 }, (_, at) => ({ key: sha256(`g${at}`), value: sha256('v') }));
    store.write(updateMap(new Map(), groups).changedPages);
    const batch = groups.slice(0, 10).map((group) => ({ ...group, value: sha256('w') }));
    const pages = await loadMapPages(
      store.load,
      batch.map((change) => change.key),
    );
    expect(store.calls()).toBeLessThan(8);
    const { changedPages, root } = updateMap(pages, batch);
    expect(changedPages.size).toBeLessThanOrEqual(10 * 7);
    expect(root).toEqual(naiveRoot([...batch, ...groups.slice(10)]));
  });
});
