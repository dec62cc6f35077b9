import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

/** Adding a tool touches its file and its test. This adds one, in a copy of the tree, and looks. */

const TOOL = `import { z } from 'zod';
import type { ContentPorts } from '#content';
import { readTool } from '#tools';

export default readTool({
  name: 'content_count_sites',
  title: 'Count sites',
  description: 'Says how many sites you may use.',
  scope: 'mcp:read',
  confirmation: 'none',
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({}),
  output: z.strictObject({ sites: z.int().describe('How many.') }),

  async answer(_, { reads }: ContentPorts) {
    return { sites: (await reads.listSites()).length };
  },
});
`;

const TEST = `import { describe, it } from '@jest/globals';
import { specification } from '#tools/spec';
import countSites from './count-sites.tool.ts';
import { library } from './library.fixture.ts';

const sites = specification(countSites).given(library());

describe('content_count_sites', () => {
  it('counts what the caller may see', () => sites.when({}).thenAnswers({ sites: 3 }));
  it('takes no arguments', () => sites.when({ all: true }).thenRefuses('invalid_params', 'all'));
});
`;

/** Each step starts programs of its own. */
const PATIENCE = 60_000;
const NOT_COPIED = new Set(['node_modules', 'dist', 'coverage', '.git', '.deponent', '.cache', 'vectors']);
const JEST = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
  '--selectProjects=unit',
  '--maxWorkers=1',
  '--',
];

describe('adding a tool', () => {
  const copy = mkdtempSync(join(tmpdir(), 'deponent-add-a-tool-'));
  const git = (...args: string[]) =>
    run('git', ['-c', 'user.name=Law', '-c', 'user.email=law@localhost', '-c', 'commit.gpgsign=false', '-c', 'core.hooksPath=/dev/null', ...args]);
  const node = (...args: string[]) => run(process.execPath, args);
  const run = (program: string, args: readonly string[]) => execFileSync(program, args, { cwd: copy, encoding: 'utf8', stdio: 'pipe' });

  beforeAll(() => {
    cpSync('.', copy, { recursive: true, filter: (path) => !NOT_COPIED.has(basename(path)) });
    symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
    git('init', '--quiet');
    git('add', '--all');
    git('commit', '--quiet', '--message', 'before');
    writeFileSync(join(copy, 'libs/packs/content/count-sites.tool.ts'), TOOL);
    writeFileSync(join(copy, 'libs/packs/content/count-sites.tool.test.ts'), TEST);
  }, PATIENCE);
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  it(
    'is noticed until the generated files are written anew',
    () => {
      expect(() => node('test/check/generated.mjs')).toThrow('docs/TOOLS.md is not what the generator writes');
    },
    PATIENCE,
  );

  it(
    'touches its file, its test, and generated files only',
    () => {
      node('test/check/generate.mjs');
      node('test/check/generated.mjs');
      expect(git('status', '--porcelain', '--untracked-files=all').trimEnd().split('\n').sort()).toEqual([
        ' M docs/TOOLS.md',
        ' M libs/packs/content/catalogue.generated.ts',
        ' M libs/packs/content/catalogue.snap.json',
        '?? libs/packs/content/count-sites.tool.test.ts',
        '?? libs/packs/content/count-sites.tool.ts',
      ]);
    },
    PATIENCE,
  );

  it(
    'is all it takes: the laws hold, its test runs, it is in the catalogue',
    () => {
      expect(node(...JEST, 'count-sites')).toContain('\n2 passed, 0 failed');
      expect(node(...JEST, 'test/catalogue/laws.test.ts')).toMatch(/\n\d\d+ passed, 0 failed/);
      expect(git('diff', 'libs/packs/content/catalogue.generated.ts')).toContain('+    countSites,');
    },
    PATIENCE,
  );
});
