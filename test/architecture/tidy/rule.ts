import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript';

/** Files by path from the root of the repository, with `/`. What is not text is there with no text. */
export type Tree = ReadonlyMap<string, string>;

/** `line` is 1-based; null where the whole file is meant. */
export type Violation = { readonly file: string; readonly line: number | null; readonly message: string };

/** A rule comes with trees that it rejects and trees that it accepts: `tidy.test.ts` tries them all. */
export type Rule = {
  readonly name: string;
  readonly says: string;
  check(tree: Tree): Violation[];
  readonly rejects: readonly Example[];
  readonly accepts: readonly Example[];
};
export type Example = Readonly<Record<string, string>>;

const NOT_OURS = /^(?:node_modules|dist|coverage|\.(?!ci$|github$).*)$/;
const TEXT = /(?:\.(?:ts|tsx|mjs|js|json|md|sql|ya?ml|sh|html|css|txt|toml)|^[^.]+|(?:^|\/)\.[a-z]+(?:\/run)?)$/;
const VECTORS = /^test\/vectors\//;

export function readTree(root: string, folder = ''): Map<string, string> {
  const tree = new Map<string, string>();
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory() && !NOT_OURS.test(entry.name)) for (const [inner, text] of readTree(root, path)) tree.set(inner, text);
    if (entry.isFile()) tree.set(path, TEXT.test(path) && !VECTORS.test(path) ? readFileSync(join(root, path), 'utf8') : '');
  }
  return tree;
}

/** Tests beside their source, the suites that several of them run, what they have in common. */
export const isTestFile = (path: string) => /\.(?:test|suite|fixture)\.ts$/.test(path);
export const isTest = (path: string) => path.startsWith('test/') || isTestFile(path);
export const isGenerated = (path: string) => /\.(?:generated\.ts|snap\.json)$/.test(path) || path === 'package-lock.json';
/** TypeScript that ships. */
export const isProduct = (path: string) => /^(?:libs|apps)\/.*\.tsx?$/.test(path) && !isTest(path) && !isGenerated(path);
/** The rules and their examples hold what they forbid. */
export const isRuleBook = (path: string) => path.startsWith('test/architecture/');

export type Module = { readonly path: string; readonly source: ts.SourceFile };

export function modules(tree: Tree, wanted: (path: string) => boolean): Module[] {
  return [...tree].filter(([path]) => /\.(?:tsx?|mjs)$/.test(path) && wanted(path)).map(([path, text]) => ({ path, source: parse(path, text) }));
}

const parsed = new Map<string, { text: string; source: ts.SourceFile }>();

function parse(path: string, text: string): ts.SourceFile {
  const known = parsed.get(path);
  if (known?.text === text) return known.source;
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2024, true);
  parsed.set(path, { text, source });
  return source;
}

/** Every node of the modules for which `judge` has something to say. */
export function findNodes(found: readonly Module[], judge: (node: ts.Node, module: Module) => string | null): Violation[] {
  const violations: Violation[] = [];
  for (const module of found) {
    const visit = (node: ts.Node): void => {
      const message = judge(node, module);
      if (message !== null) violations.push({ file: module.path, line: lineOf(module, node), message });
      ts.forEachChild(node, visit);
    };
    visit(module.source);
  }
  return violations;
}

/** Every line of the wanted files in which `pattern` occurs. */
export function findLines(tree: Tree, wanted: (path: string) => boolean, pattern: RegExp, message: (match: string) => string): Violation[] {
  return [...tree]
    .filter(([path]) => wanted(path))
    .flatMap(([file, text]) =>
      text.split('\n').flatMap((content, index) => {
        const match = pattern.exec(content);
        return match === null ? [] : [{ file, line: index + 1, message: message(match[0]) }];
      }),
    );
}

export function lineOf({ source }: Module, node: ts.Node): number {
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
}

/** Whether a comment just above the node, one of its statements or its function matches, or one at the end of its line. */
export function hasComment({ source }: Module, node: ts.Node, pattern: RegExp): boolean {
  const { text } = source;
  const line = text.slice(text.lastIndexOf('\n', node.getStart(source)) + 1, `${text}\n`.indexOf('\n', node.getEnd()));
  if (pattern.test(/\/\/.*$/.exec(line)?.[0] ?? '')) return true;
  for (let at: ts.Node = node; !ts.isSourceFile(at) && !ts.isClassDeclaration(at); at = at.parent) {
    const comments = ts.getLeadingCommentRanges(text, at.getFullStart()) ?? [];
    if (comments.some(({ pos, end }) => pattern.test(text.slice(pos, end)))) return true;
  }
  return false;
}
