import { ROOMS } from '../floors.ts';
import type { Rule, Tree, Violation } from './rule.ts';

/** A tree in which the configuration agrees, to be spoilt by the examples. */
const AGREEING = {
  'package.json': JSON.stringify({
    imports: { '#*': { source: './libs/*/index.ts' } },
    scripts: { test: 'node bin/run.mjs test' },
    bin: { deponent: 'bin/deponent.mjs' },
    devDependencies: { typescript: '6.0.3' },
  }),
  'tsconfig.json': JSON.stringify({ compilerOptions: { rootDir: '.', customConditions: ['source'], strict: true } }),
  'nest-cli.json': JSON.stringify({
    compilerOptions: { builder: 'tsc', tsConfigPath: 'tsconfig.json' },
    projects: { mcp: { root: 'apps/mcp', entryFile: 'main' } },
  }),
  'jest.config.mjs': "['source']",
  'apps/mcp/main.ts': '',
  'bin/run.mjs': '',
  'bin/deponent.mjs': '',
};

export const configurationRules: readonly Rule[] = [
  {
    name: 'configuration-agrees',
    says: 'Compiler, test runner, Nest and package.json say the same; what they name exists.',
    check: disagreements,
    rejects: [
      { ...AGREEING, 'tsconfig.json': '{ "compilerOptions": { "rootDir": ".", "strict": true } }' },
      { ...AGREEING, 'jest.config.mjs': '' },
      { ...AGREEING, 'nest-cli.json': '{ "compilerOptions": { "builder": "swc", "tsConfigPath": "tsconfig.json" } }' },
      {
        ...AGREEING,
        'nest-cli.json':
          '{ "compilerOptions": { "builder": "tsc", "tsConfigPath": "tsconfig.json" }, "projects": { "a": { "root": "apps/a", "entryFile": "main" } } }',
      },
      { ...AGREEING, 'package.json': AGREEING['package.json'].replace('6.0.3', '7.0.0') },
      { ...AGREEING, 'package.json': AGREEING['package.json'].replace('bin/run.mjs', 'bin/gone.mjs') },
    ],
    accepts: [AGREEING],
  },
  {
    name: 'rooms-are-on-the-map',
    says: 'Every room has its row in floors.ts, without which it may import anything, and stands on the map.',
    check: unmappedRooms,
    rejects: [
      { 'libs/attic/a.ts': '', 'docs/ARCHITECTURE.md': 'attic' },
      { 'libs/kernel/a.ts': '', 'docs/ARCHITECTURE.md': '' },
    ],
    accepts: [{ 'libs/kernel/a.ts': '', 'docs/ARCHITECTURE.md': '[kernel](../libs/kernel)' }],
  },
];

function unmappedRooms(tree: Tree): Violation[] {
  const map = tree.get('docs/ARCHITECTURE.md') ?? '';
  const rooms = new Set([...tree.keys()].flatMap((path) => /^(?:libs|apps)\/[^/]+(?=\/)/.exec(path) ?? []));
  const known = new Set(Object.values(ROOMS).map(({ path }) => path));
  return [...rooms].flatMap((room) => [
    ...(known.has(room) ? [] : [{ file: 'test/architecture/floors.ts', line: null, message: `has no row for ${room}` }]),
    ...(map.includes(room.replace(/^.*\//, '')) ? [] : [{ file: 'docs/ARCHITECTURE.md', line: null, message: `does not show ${room}` }]),
  ]);
}

function disagreements(tree: Tree): Violation[] {
  const value = (file: string, ...path: readonly string[]) => at(JSON.parse(tree.get(file) ?? '{}'), path);
  const text = (file: string, ...path: readonly string[]) => String(value(file, ...path) ?? '');
  const entries = (file: string, ...path: readonly string[]) => Object.entries(value(file, ...path) ?? {});
  const [[condition] = ['']] = entries('package.json', 'imports', '#*');
  const commands = [...entries('package.json', 'scripts'), ...entries('package.json', 'bin')].map(
    ([, command]) => /[\w./-]+\.mjs/.exec(String(command))?.[0] ?? '',
  );
  const mains = entries('nest-cli.json', 'projects').map(([, project]) => `${at(project, ['root'])}/${at(project, ['entryFile'])}.ts`);

  const demands: readonly (readonly [holds: boolean, file: string, message: string])[] = [
    [
      String(value('tsconfig.json', 'compilerOptions', 'customConditions')) === condition,
      'tsconfig.json',
      `customConditions must be [${condition}], as in package.json`,
    ],
    [(tree.get('jest.config.mjs') ?? '').includes(`'${condition}'`), 'jest.config.mjs', `exportConditions must hold ${condition}, as in package.json`],
    [text('tsconfig.json', 'compilerOptions', 'rootDir') !== '', 'tsconfig.json', 'rootDir must be explicit, or the output moves with the sources that exist'],
    [text('tsconfig.json', 'compilerOptions', 'strict') === 'true', 'tsconfig.json', 'must be strict'],
    [/^6\.0\.\d+$/.test(text('package.json', 'devDependencies', 'typescript')), 'package.json', 'typescript must be pinned to 6.0.x (docs/adr/0007)'],
    [text('nest-cli.json', 'compilerOptions', 'builder') === 'tsc', 'nest-cli.json', 'builder must be tsc: the swc builder skips libs'],
    [tree.has(text('nest-cli.json', 'compilerOptions', 'tsConfigPath')), 'nest-cli.json', 'tsConfigPath does not exist'],
    ...mains.map((main) => [tree.has(main), 'nest-cli.json', `${main} does not exist`] as const),
    ...[...new Set(commands)].map((command) => [tree.has(command), 'package.json', `${command} does not exist`] as const),
  ];
  return demands.filter(([holds]) => !holds).map(([, file, message]) => ({ file, line: null, message }));
}

function at(json: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined), json);
}
