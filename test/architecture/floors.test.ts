import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { forbiddenRules } from './dependency-cruiser.ts';
import { ANYWHERE, FORBIDDEN_BUILT_INS, PACKAGES, ROOMS, type Room, SIBLINGS } from './floors.ts';

/** One file that breaks one rule by what it imports. */
type Plant = { readonly rule: string; readonly file: string; readonly imports: string };

const CHECK = join(import.meta.dirname, 'floors.check.ts');
const PACK = 'libs/packs/alpha';
const home = (room: Room) => (room.path === 'libs/packs' ? PACK : room.path);
const alias = (room: Room) => home(room).replace(/^libs\//, '#');
const from = (room: Room, to: Room) => (to.path.startsWith('libs/') ? alias(to) : `${relative(home(room), home(to))}/index.ts`);
const others = (name: string) => Object.entries(ROOMS).filter(([other]) => other !== name);

const floorPlants: readonly Plant[] = Object.entries(ROOMS).flatMap(([name, room]) =>
  others(name)
    .filter(([other]) => !room.mayImport.includes(other))
    .map(([other, to]) => ({ rule: `floor-${name}`, file: `${home(room)}/wants-${other}.ts`, imports: from(room, to) })),
);

const packagePlants: readonly Plant[] = PACKAGES.filter(({ homes }) => homes !== ANYWHERE).flatMap(({ name, packages }) =>
  packages.map((pattern, index) => ({ rule: `home-of-${name}`, file: `libs/ledger/wants-${name}-${index}.ts`, imports: installable(pattern) })),
);

const otherPlants: readonly Plant[] = [
  ...SIBLINGS.map((path) => ({ rule: `siblings-of-${path}`, file: `${path}/alpha/wants-beta.ts`, imports: `#${path.replace('libs/', '')}/beta` })),
  ...FORBIDDEN_BUILT_INS.map(({ name }) => ({ rule: `no-io-in-${name}`, file: `${home(ROOMS[name]!)}/reads-files.ts`, imports: 'node:fs' })),
  { rule: 'through-the-index', file: 'libs/content/reaches-inside.ts', imports: '../kernel/inside.ts' },
  { rule: 'through-the-index-from-outside', file: 'apps/mcp/reaches-inside.ts', imports: '../../libs/kernel/inside.ts' },
  { rule: 'through-the-alias', file: 'libs/content/by-path.ts', imports: '../kernel/index.ts' },
  { rule: 'through-the-alias', file: 'apps/mcp/by-path.ts', imports: '../../libs/kernel/index.ts' },
  { rule: 'adapters-are-chosen-above', file: 'libs/calls/chooses.ts', imports: '#event-store/postgres' },
  { rule: 'production-imports-no-tests', file: 'libs/kernel/wants-test.ts', imports: '../../test/support/anything.ts' },
  { rule: 'verifier-stands-alone', file: 'apps/cli/verify.ts', imports: './verify-by-detour.ts' },
  { rule: 'no-cycles', file: 'libs/kernel/chicken.ts', imports: './egg.ts' },
  { rule: 'resolvable', file: 'libs/kernel/lost.ts', imports: './nowhere.ts' },
  { rule: 'declared', file: 'libs/kernel/wants-undeclared.ts', imports: 'undeclared' },
  { rule: 'package-has-a-home', file: 'libs/kernel/wants-homeless.ts', imports: 'homeless' },
  { rule: 'no-dev-dependency-in-production', file: 'libs/kernel/wants-dev.ts', imports: 'fast-check' },
];

const dead: readonly Plant[] = ['libs/kernel/dead.ts', 'libs/kernel/run-by-nobody.suite.ts'].map((file) => ({
  rule: 'no-dead-files',
  file,
  imports: './inside.ts',
}));
const PLANTS = [...floorPlants, ...packagePlants, ...otherPlants, ...dead];

/** What a room may import, imported: none of it may be reported. */
const allowed: readonly Plant[] = Object.entries(ROOMS).flatMap(([name, room]) =>
  others(name)
    .filter(([other]) => room.mayImport.includes(other))
    .map(([other, to]) => ({ rule: 'none', file: `${home(room)}/uses-${other}.ts`, imports: from(room, to) })),
);

const support: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.values(ROOMS).map((room) => [`${home(room)}/index.ts`, 'export const here = true;\n'])),
  'libs/packs/beta/index.ts': 'export const here = true;\n',
  'libs/event-store/postgres/index.ts': "import 'pg';\n",
  'libs/kernel/inside.ts': 'export const inside = true;\n',
  'libs/kernel/egg.ts': "import './chicken.ts';\n",
  'apps/cli/verify-by-detour.ts': "import '#platform';\n",
  'test/support/anything.ts': 'export const anything = true;\n',
  'libs/ledger/verifies.test.ts': "import '@jest/anything';\nimport 'canonicalize';\nimport '../../test/support/anything.ts';\n",
  'apps/mcp/app.module.ts': "import '@nestjs/anything';\n",
};

describe('the floors', () => {
  const root = mkdtempSync(join(tmpdir(), 'deponent-floors-'));
  const reported = new Map<string, string[]>();

  beforeAll(() => {
    build(root);
    const run = spawnSync(process.execPath, [CHECK], { cwd: root, encoding: 'utf8' });
    if (run.status !== 1) throw new Error(`the check ended with ${run.status}: ${run.stdout}${run.stderr}`);
    for (const [, rule, file] of run.stdout.matchAll(/^(\S+): (\S+) -> /gm)) reported.set(file!, [...(reported.get(file!) ?? []), rule!]);
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it.each(PLANTS)('$rule: reports $file, which imports $imports', ({ rule, file }) => {
    expect(reported.get(file)).toContain(rule);
  });

  it('has a planted import for every rule', () => {
    const planted = new Set(PLANTS.map(({ rule }) => rule));
    expect(forbiddenRules().filter(({ name }) => !planted.has(name ?? ''))).toEqual([]);
  });

  it('reports nothing that is allowed', () => {
    const innocent = [...allowed.map(({ file }) => file), 'libs/event-store/postgres/index.ts', 'libs/ledger/verifies.test.ts', 'apps/mcp/app.module.ts'];
    expect(innocent.filter((file) => reported.has(file))).toEqual([]);
  });

  it('reports one forbidden import once', () => {
    for (const { file, rule } of floorPlants.filter(({ rule }) => rule !== 'floor-console')) expect([file, reported.get(file)]).toEqual([file, [rule]]);
  });
});

/** A house with every plant in it, where everything but `dead` is reached from an entry point. */
function build(root: string): void {
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const packages = PACKAGES.flatMap((row) => row.packages).map(installable);
  const dependencies = Object.fromEntries([...packages, 'homeless'].map((name) => [name, '1.0.0']));
  const { 'fast-check': dev, ...production } = dependencies;
  const imports = { '#*': { 'deponent-source': './libs/*/index.ts', default: './dist/libs/*/index.js' } };
  write(
    'package.json',
    JSON.stringify({ name: 'house', version: '1.0.0', type: 'module', imports, dependencies: production, devDependencies: { 'fast-check': dev } }),
  );
  for (const name of [...packages, 'homeless', 'undeclared']) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    write(`node_modules/${name}/index.js`, '');
  }
  for (const { file, imports: target } of [...PLANTS, ...allowed]) write(file, `import '${target}';\n`);
  for (const [file, text] of Object.entries(support)) write(file, text);
  const alive = [...PLANTS, ...allowed].filter((plant) => !dead.includes(plant)).map(({ file }) => file);
  write('bin/entry.mjs', [...alive, ...Object.keys(support)].map((file) => `import '../${file}';\n`).join(''));
}

function installable(pattern: string): string {
  return pattern.replace('*', 'anything');
}
