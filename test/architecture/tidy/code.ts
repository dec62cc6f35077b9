import ts from 'typescript';
import { findNodes, hasComment, isProduct, isRuleBook, isTest, isTestFile, lineOf, type Module, modules, type Rule } from './rule.ts';

const FUNCTION_LINES = 60;

/** Adapters and composition roots: the only places that may read a clock or draw a random number. All others are handed them. */
const READS_CLOCKS = [/^apps\/[^/]+\/(?:main|.*\.module)\.ts$/, /^libs\/platform\//, /^libs\/[^/]+\/postgres\//, /^apps\/cli\//, /^apps\/console\//];
const CLOCKS_AND_DICE = new Set([
  'Date.now',
  'performance.now',
  'Math.random',
  'randomBytes',
  'randomUUID',
  'crypto.randomUUID',
  'crypto.randomBytes',
  'crypto.getRandomValues',
]);

/** People read the terminal in the CLI; everybody else logs through the platform. */
const TALKS_TO_TERMINALS = [/^apps\/cli\//, /^libs\/platform\//];
const TIMERS = new Set(['setTimeout', 'setInterval', 'AbortSignal.timeout', 'sleep', 'delay']);

/** Who holds one of these can add events. */
const APPENDERS = new Set(['EventAppender', 'EventStore']);

/** How an exception is spelled: a comment just above says why it is sound. */
const SOUND = /\bSound(?::| because)/;
/** How a loop without a limit of its own says where it stops. */
const ENDS = /\bEnds\b/;

const isLibrary = (path: string) => isProduct(path) && path.startsWith('libs/');
const mayNotAppend = (path: string) =>
  isProduct(path) && /^apps\/|^libs\/packs\/|\.controller\.ts$/.test(path) && !/\.(?:handler|module|command)\.ts$|\/main\.ts$/.test(path);
const among = (places: readonly RegExp[]) => (path: string) => places.some((place) => place.test(path));
const called = (node: ts.Node) => (ts.isCallExpression(node) ? node.expression.getText().replace(/^(?:node|globalThis)\./, '') : '');

export const codeRules: readonly Rule[] = [
  {
    name: 'no-escapes-from-types',
    says: 'Libraries parse at the edge and then trust types; an exception says "Sound: why" just above.',
    check: (tree) =>
      findNodes(modules(tree, isLibrary), (node, module) =>
        isEscape(node) && !hasComment(module, node, SOUND) ? `${escapeName(node)} without "Sound: …" above` : null,
      ),
    rejects: [
      { 'libs/a/a.ts': 'export const a = JSON.parse("1") as number;\n' },
      { 'libs/a/a.ts': 'export const a = [1][0]!;\n' },
      { 'libs/a/a.ts': 'export const a: any = 1;\n' },
      { 'libs/a/a.ts': '// because it must be\nexport const a = <number>b;\n' },
    ],
    accepts: [
      { 'libs/a/a.ts': "export const a = ['x'] as const;\nimport { b as c } from './b.ts';\n" },
      { 'libs/a/a.ts': '// Sound: the pattern above admits digits only.\nexport const a = b as Digits;\n' },
      { 'libs/a/a.ts': '/** Sound because the schema has parsed it. */\nfunction f() {\n  return b as C;\n}\n' },
      { 'libs/a/a.test.ts': 'const a = b!;\n' },
    ],
  },
  {
    name: 'no-silenced-compiler',
    says: 'The compiler is answered, not silenced.',
    check: (tree) =>
      modules(tree, (path) => !isRuleBook(path)).flatMap(({ path: file, source }) =>
        source.text
          .split('\n')
          .flatMap((line, index) =>
            /@ts-(?:ignore|nocheck|expect-error)/.test(line) && !isTest(file) ? [{ file, line: index + 1, message: line.trim() }] : [],
          ),
      ),
    rejects: [{ 'libs/a/a.ts': '// @ts-expect-error it is fine\nexport const a: number = "";\n' }],
    accepts: [{ 'libs/a/a.test.ts': '// @ts-expect-error a tool without a class does not compile\ndefine({});\n' }],
  },
  {
    name: 'default-export-is-a-tool',
    says: 'Everything has one name, except a tool, which is its file.',
    check: (tree) =>
      findNodes(
        modules(tree, (path) => !/\.tool\.ts$|\.reporter\.mjs$|\.config\.mjs$|test\/support\/[^/]+\.mjs$/.test(path)),
        (node) => (ts.isExportAssignment(node) || (ts.canHaveModifiers(node) && has(node, ts.SyntaxKind.DefaultKeyword)) ? 'a default export' : null),
      ),
    rejects: [{ 'libs/a/a.ts': 'export default 1;\n' }, { 'libs/a/a.ts': 'export default function f() {}\n' }],
    accepts: [{ 'libs/packs/content/help.tool.ts': 'export default readTool({});\n' }],
  },
  {
    name: 'time-and-chance-are-arguments',
    says: 'A function that reads a clock or draws a random number is an adapter or a composition root.',
    check: (tree) =>
      findNodes(
        modules(tree, (path) => isProduct(path) && !among(READS_CLOCKS)(path)),
        (node) => {
          if (CLOCKS_AND_DICE.has(called(node))) return `${called(node)}() outside adapters and composition roots`;
          return ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0
            ? 'new Date() outside adapters and composition roots'
            : null;
        },
      ),
    rejects: [
      { 'libs/a/a.ts': 'export const a = Date.now();\n' },
      { 'libs/a/a.ts': 'export const a = new Date();\n' },
      { 'apps/mcp/a.controller.ts': 'export const a = () => Math.random();\n' },
      { 'libs/a/a.ts': 'export const a = randomBytes(16);\n' },
    ],
    accepts: [
      {
        'libs/a/a.ts': 'export const a = new Date(0);\n',
        'libs/platform/clock.ts': 'export const now = () => Date.now();\n',
        'libs/a/a.test.ts': 'Date.now();\n',
      },
    ],
  },
  {
    name: 'only-handlers-append',
    says: 'Controllers, pages and tools change things by sending commands; a handler holds the appender, a composition root hands it over.',
    check: (tree) =>
      findNodes(modules(tree, mayNotAppend), (node) =>
        ts.isImportSpecifier(node) && APPENDERS.has((node.propertyName ?? node.name).text) ? `imports ${(node.propertyName ?? node.name).text}` : null,
      ),
    rejects: [
      { 'apps/governance/keys.controller.ts': "import type { EventAppender } from '#event-store';\n" },
      { 'libs/packs/content/a.tool.ts': "import { type EventStore as Store } from '#event-store';\n" },
    ],
    accepts: [
      { 'apps/governance/keys.controller.ts': "import type { EventReader } from '#event-store';\n" },
      { 'apps/governance/create-key.handler.ts': "import type { EventAppender } from '#event-store';\n" },
    ],
  },
  {
    name: 'no-console',
    says: 'Libraries and servers log through the platform; only the CLI talks to a terminal.',
    check: (tree) =>
      findNodes(
        modules(tree, (path) => isProduct(path) && !among(TALKS_TO_TERMINALS)(path)),
        (node) => (called(node).startsWith('console.') ? called(node) : null),
      ),
    rejects: [{ 'libs/a/a.ts': "console.log('here');\n" }, { 'apps/mcp/main.ts': 'console.error(error);\n' }],
    accepts: [{ 'apps/cli/main.ts': "console.log('VERIFIED');\n" }],
  },
  {
    name: 'functions-fit-on-a-screen',
    says: `A function has at most ${FUNCTION_LINES} lines.`,
    check: (tree) =>
      findNodes(
        modules(tree, (path) => !isTestFile(path)),
        (node, module) => {
          const lines = ts.isFunctionLike(node) && 'body' in node && node.body !== undefined ? linesOf(module, node) : 0;
          return lines > FUNCTION_LINES ? `a function of ${lines} lines` : null;
        },
      ),
    rejects: [{ 'libs/a/a.ts': `export function a() {\n${'  step();\n'.repeat(FUNCTION_LINES)}}\n` }],
    accepts: [{ 'libs/a/a.ts': `export function a() {\n${'  step();\n'.repeat(FUNCTION_LINES - 2)}}\n` }],
  },
  {
    name: 'limits-have-names',
    says: 'How long something waits is a name in limits.ts, not a number in passing.',
    check: (tree) =>
      findNodes(modules(tree, isProduct), (node) => {
        if (!TIMERS.has(called(node)) || !ts.isCallExpression(node)) return null;
        const literal = node.arguments.find((argument) => ts.isNumericLiteral(argument) && argument.text !== '0');
        return literal === undefined ? null : `${called(node)} with ${literal.getText()}`;
      }),
    rejects: [{ 'libs/a/a.ts': 'setTimeout(stop, 5_000);\n' }, { 'libs/a/a.ts': 'fetch(url, { signal: AbortSignal.timeout(1000) });\n' }],
    accepts: [{ 'libs/a/a.ts': 'setTimeout(stop, LIMITS.callMilliseconds);\nsetTimeout(next, 0);\n' }],
  },
  {
    name: 'loops-end',
    says: 'A loop without a condition says in the comment above how it ends ("Ends when …").',
    check: (tree) =>
      findNodes(modules(tree, isProduct), (node, module) => {
        const endless =
          (ts.isForStatement(node) && node.condition === undefined) || (ts.isWhileStatement(node) && node.expression.kind === ts.SyntaxKind.TrueKeyword);
        return endless && !hasComment(module, node, ENDS) ? 'a loop that does not say how it ends' : null;
      }),
    rejects: [{ 'libs/a/a.ts': 'while (true) step();\n' }, { 'libs/a/a.ts': '// forever\nfor (;;) step();\n' }],
    accepts: [{ 'libs/a/a.ts': '// Ends when the signal aborts.\nfor (;;) step();\nfor (const a of b) step();\n' }],
  },
];

function isEscape(node: ts.Node): boolean {
  if (ts.isAsExpression(node)) return !ts.isConstTypeReference(node.type);
  return ts.isNonNullExpression(node) || ts.isTypeAssertionExpression(node) || node.kind === ts.SyntaxKind.AnyKeyword;
}

function escapeName(node: ts.Node): string {
  if (node.kind === ts.SyntaxKind.AnyKeyword) return '`any`';
  return ts.isNonNullExpression(node) ? '`!`' : '`as`';
}

function has(node: ts.HasModifiers, kind: ts.SyntaxKind): boolean {
  return ts.getModifiers(node)?.some((modifier) => modifier.kind === kind) ?? false;
}

function linesOf(module: Module, node: ts.Node): number {
  return module.source.getLineAndCharacterOfPosition(node.getEnd()).line + 2 - lineOf(module, node);
}
