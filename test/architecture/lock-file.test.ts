import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

type Lock = { readonly packages: Readonly<Record<string, { readonly integrity?: string; readonly optionalDependencies?: Readonly<Record<string, string>> }>> };

/**
 * What a clean install would stumble over. `npm ci` refuses a lock file in which the build of some platform is missing, and
 * `npm install` leaves out, without a word, a build that the registry does not have.
 */
function gapsIn({ packages }: Lock): string[] {
  const names = new Set(Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)));
  return Object.entries(packages).flatMap(([path, { integrity, optionalDependencies = {} }]) => [
    ...(path !== '' && integrity === undefined ? [`${path} is not pinned by hash`] : []),
    ...Object.keys(optionalDependencies)
      .filter((name) => !names.has(name))
      .map((name) => `${name} is missing; choose a version of ${path || 'it'} that is published for every platform`),
  ]);
}

describe('the lock file', () => {
  it('holds every package for every platform, by hash', () => {
    expect(gapsIn(JSON.parse(readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8')))).toEqual([]);
  });

  it('is found wanting where a build or a hash is missing', () => {
    const packages = {
      '': {},
      'node_modules/tool': { integrity: 'sha512-…', optionalDependencies: { 'tool-linux': '1.0.0', 'tool-mac': '1.0.0' } },
      'node_modules/tool-linux': {},
    };
    expect(gapsIn({ packages })).toEqual([
      'tool-mac is missing; choose a version of node_modules/tool that is published for every platform',
      'node_modules/tool-linux is not pinned by hash',
    ]);
  });
});
