import ts from 'typescript';
import { exportsNobodyImports } from './exports.ts';
import { isGenerated, isProduct, isTest, modules, type Rule, type Tree } from './rule.ts';

const P90_LINES = 200;
const FILE_LINES = 400;
const TEST_FILE_LINES = 800;

/** Packages that no file of ours names, because another package loads them. */
const LOADED_BY_OTHERS: Readonly<Record<string, string>> = {
  '@nestjs/platform-express': 'Nest loads its HTTP platform by name',
  'reflect-metadata': 'Nest and TypeORM read the metadata that decorators emit',
  rxjs: 'peer of @nestjs/core',
  '@swc/core': 'peer of @swc/jest',
  '@biomejs/biome': 'a command',
};

const lines = (text: string) => text.split('\n').length - 1;

export const shapeRules: readonly Rule[] = [
  {
    name: 'files-are-short',
    says: `Nine of ten files have at most ${P90_LINES} lines, none more than ${FILE_LINES} (tests: ${TEST_FILE_LINES}).`,
    check: (tree) => {
      const files = [...tree].filter(([path]) => /\.(?:tsx?|mjs)$/.test(path) && !isGenerated(path)).map(([file, text]) => ({ file, length: lines(text) }));
      const tooLong = files.filter(({ file, length }) => length > (isTest(file) ? TEST_FILE_LINES : FILE_LINES));
      const product = files.filter(({ file }) => isProduct(file)).sort((a, b) => a.length - b.length);
      const beyondP90 = product.slice(Math.ceil(product.length * 0.9) - 1).filter(({ length }) => length > P90_LINES);
      const p90 = product[Math.ceil(product.length * 0.9) - 1]?.length ?? 0;
      return [
        ...tooLong.map(({ file, length }) => ({ file, line: null, message: `${length} lines` })),
        ...(p90 > P90_LINES ? beyondP90.map(({ file, length }) => ({ file, line: null, message: `${length} lines, where p90 is ${p90}` })) : []),
      ];
    },
    rejects: [
      { 'libs/a/a.ts': '\n'.repeat(FILE_LINES + 1), ...manyShortFiles() },
      { 'libs/a/a.test.ts': '\n'.repeat(TEST_FILE_LINES + 1) },
      { 'libs/a/a.ts': '\n'.repeat(P90_LINES + 1), 'libs/a/b.ts': '\n'.repeat(P90_LINES + 1), 'libs/a/c.ts': '\n' },
    ],
    accepts: [{ 'libs/a/a.ts': '\n'.repeat(FILE_LINES), ...manyShortFiles() }],
  },
  {
    name: 'no-file-only-forwards',
    says: 'Only an index.ts consists of re-exports.',
    check: (tree) =>
      modules(tree, (path) => isProduct(path) && !path.endsWith('/index.ts'))
        .filter(
          ({ source }) =>
            source.statements.length > 0 && source.statements.every((statement) => ts.isExportDeclaration(statement) && statement.moduleSpecifier),
        )
        .map(({ path: file }) => ({ file, line: null, message: 'a layer that only forwards' })),
    rejects: [{ 'libs/a/b.ts': "export * from './c.ts';\nexport { d } from './d.ts';\n" }],
    accepts: [{ 'libs/a/index.ts': "export * from './c.ts';\n", 'libs/a/b.ts': "import { d } from './d.ts';\nexport const e = d + 1;\n" }],
  },
  {
    name: 'no-unused-exports',
    says: 'What is exported is imported by somebody.',
    check: exportsNobodyImports,
    rejects: [
      { 'libs/a/a.ts': 'export const a = 1;\n' },
      { 'libs/a/index.ts': "export { a } from './a.ts';\n", 'libs/a/a.ts': 'export function a() {}\n', 'libs/a/b.ts': "import { a } from './a.ts';\na();\n" },
      { 'libs/a/a.ts': 'export type A = string;\n' },
      { 'libs/a/index.ts': "export * from './a.ts';\n", 'libs/a/a.ts': 'export const a = 1;\n', 'libs/b/b.ts': "import { other } from '#a';\nother();\n" },
    ],
    accepts: [
      { 'libs/a/a.ts': 'export const a = 1;\n', 'libs/a/b.ts': "import { a } from './a.ts';\na;\n" },
      { 'libs/a/index.ts': "export { a as z } from './a.ts';\n", 'libs/a/a.ts': 'export const a = 1;\n', 'apps/mcp/main.ts': "import { z } from '#a';\nz;\n" },
      {
        'libs/a/index.ts': "export * from './a.ts';\n",
        'libs/a/a.ts': 'export const a = 1;\nexport type B = A;\nexport type A = 1;\n',
        'test/x.test.ts': "import * as all from '#a';\n",
      },
      { 'libs/a/help.tool.ts': 'export default 1;\n' },
    ],
  },
  {
    name: 'no-unused-dependencies',
    says: 'What is installed is used.',
    check: unusedDependencies,
    rejects: [{ 'package.json': '{ "dependencies": { "left-pad": "1.0.0" } }' }],
    accepts: [
      {
        'package.json': '{ "dependencies": { "zod": "4" }, "devDependencies": { "@types/pg": "8", "pg": "8" } }',
        'libs/a/a.ts': "import { z } from 'zod';\nimport 'pg';\n",
      },
      { 'package.json': '{ "devDependencies": { "jest": "30" } }', 'bin/run.mjs': "spawn('node_modules/jest/bin/jest.js');\n" },
    ],
  },
];

function unusedDependencies(tree: Tree) {
  const manifest = JSON.parse(tree.get('package.json') ?? '{}') as Record<string, Record<string, string> | undefined>;
  const names = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  const code = [...tree].filter(([path]) => /\.(?:tsx?|mjs|js)$|^\.ci\//.test(path) || path === 'biome.json').map(([, text]) => text);
  // In quotes as an import is, or in a path under node_modules as a command is.
  const isNamed = (name: string) => code.some((text) => new RegExp(`['"/]${name}['"/]`).test(text));
  const isUsed = (name: string) =>
    isNamed(name) || name in LOADED_BY_OTHERS || (name.startsWith('@types/') && (name === '@types/node' || isNamed(name.slice('@types/'.length))));
  return names.filter((name) => !isUsed(name)).map((name) => ({ file: 'package.json', line: null, message: `nobody uses ${name}` }));
}

function manyShortFiles() {
  return Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`libs/a/short-${index}.ts`, '\n']));
}
