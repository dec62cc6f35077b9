import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { ArtefactStore } from './artefact-store.ts';

/** Two organisations over the same storage. */
export type OpenArtefacts = (organization: 'org_one' | 'org_two') => ArtefactStore;

/** What every artefact store keeps. */
export function describeArtefactStore(name: string, open: OpenArtefacts): void {
  describe(`artefact store: ${name}`, () => {
    it('gives back what was put, from nothing to megabytes', async () => {
      for (const bytes of [Buffer.alloc(0), Buffer.from('one line\n'), randomBytes(3_000_000)]) {
        const address = await open('org_one').put(bytes);
        expect(address).toMatch(/^[\w-]{1,128}$/);
        expect((await open('org_one').get(address))?.equals(bytes)).toBe(true);
      }
    });

    it('knows the same bytes by the same address, whoever puts them and how many at once', async () => {
      const bytes = randomBytes(10_000);
      const addresses = await Promise.all(Array.from({ length: 20 }, () => open('org_one').put(bytes)));
      expect(new Set(addresses).size).toBe(1);
      expect(await open('org_one').get(addresses[0]!)).toEqual(bytes);
    });

    it('gives the same bytes of two organisations addresses that have nothing in common', async () => {
      const bytes = Buffer.from('a text that both of them have');
      const [one, two] = [await open('org_one').put(bytes), await open('org_two').put(bytes)];
      expect(one).not.toBe(two);
      expect([await open('org_one').get(two), await open('org_two').get(one)]).toEqual([null, null]);
    });

    it.each(['f'.repeat(64), '', '..', '../../etc/passwd', `${'a'.repeat(62)}/.`, '%', '*', '\0'])('finds nothing under %j', async (address) => {
      expect(await open('org_one').get(address)).toBeNull();
    });
  });
}
