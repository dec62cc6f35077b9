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
];

type Json = { readonly [name: string]: Json | undefined } & string;

function disagreements(tree: Tree): Violation[] {
  const read = (file: string): Json => JSON.parse(tree.get(file) ?? '{}');
  const manifest = read('package.json');
  const compiler = read('tsconfig.json').compilerOptions;
  const nest = read('nest-cli.json');
  const condition = Object.keys(manifest.imports?.['#*'] ?? {})[0] ?? '';
  const violations: Violation[] = [];
  const demand = (holds: boolean, file: string, message: string) => holds || violations.push({ file, line: null, message });

  demand(
    JSON.stringify(compiler?.customConditions) === JSON.stringify([condition]),
    'tsconfig.json',
    `customConditions must be [${condition}], as "imports" in package.json`,
  );
  demand((tree.get('jest.config.mjs') ?? '').includes(`'${condition}'`), 'jest.config.mjs', `exportConditions must hold ${condition}`);
  demand(compiler?.rootDir !== undefined, 'tsconfig.json', 'rootDir must be explicit, or tsc moves the output when a folder is empty');
  demand(Boolean(compiler?.strict), 'tsconfig.json', 'must be strict');
  demand(
    /^6\.0\.\d+$/.test(manifest.devDependencies?.typescript ?? ''),
    'package.json',
    'typescript must be pinned to 6.0.x: with 7 dependency-cruiser sees no modules',
  );
  demand(nest.compilerOptions?.builder === 'tsc', 'nest-cli.json', 'builder must be tsc: the swc builder skips libs');
  demand(tree.has(nest.compilerOptions?.tsConfigPath ?? ''), 'nest-cli.json', 'tsConfigPath does not exist');
  for (const [name, project] of Object.entries(nest.projects ?? {}))
    demand(tree.has(`${project?.root}/${project?.entryFile}.ts`), 'nest-cli.json', `project ${name} has no ${project?.root}/${project?.entryFile}.ts`);
  for (const command of [...Object.values(manifest.scripts ?? {}), ...Object.values(manifest.bin ?? {})]) {
    const file = /[\w./-]+\.mjs/.exec(String(command))?.[0] ?? String(command);
    demand(tree.has(file), 'package.json', `${file} does not exist`);
  }
  return violations;
}
