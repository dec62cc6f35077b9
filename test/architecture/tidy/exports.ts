import { posix } from 'node:path';
import ts from 'typescript';
import { isProduct, lineOf, type Module, modules, type Tree, type Violation } from './rule.ts';

/** `declared`: by name. `forwarded`: name here to name there. `stars`: `export * from`. */
type Exports = {
  readonly module: Module;
  readonly declared: Map<string, ts.Node>;
  readonly forwarded: Map<string, { readonly file: string; readonly name: string }>;
  readonly stars: string[];
};

/**
 * Values that are exported and never imported, in an index or elsewhere, and types that are neither imported, nor
 * part of something else in their file, nor public by an index. A test is an importer like any other.
 */
export function exportsNobodyImports(tree: Tree): Violation[] {
  const all = modules(tree, () => true);
  const byFile = new Map(all.map((module) => [module.path, exportsOf(module)]));
  const used = new Set<string>();
  const use = (file: string, name: string): void => {
    const known = byFile.get(file);
    if (known === undefined || used.has(`${file} ${name}`)) return;
    used.add(`${file} ${name}`);
    if (name === '*') for (const each of [...known.declared.keys(), ...known.forwarded.keys()]) use(file, each);
    const next = known.forwarded.get(name);
    if (next !== undefined) use(next.file, next.name);
    if (!known.declared.has(name)) for (const star of known.stars) use(star, name);
  };
  for (const module of all) for (const { file, name } of importsOf(module)) use(file, name);
  const isUsed = (file: string, name: string) => used.has(`${file} ${name}`);
  return [...byFile.values()].filter(({ module }) => isProduct(module.path)).flatMap((exports) => unused(exports, byFile, isUsed));
}

function unused(exports: Exports, byFile: ReadonlyMap<string, Exports>, isUsed: (file: string, name: string) => boolean): Violation[] {
  const { module, declared, forwarded } = exports;
  const violations: Violation[] = [];
  for (const [name, node] of declared) {
    const part = isType(node) && (module.source.text.match(new RegExp(`\\b${name}\\b`, 'g'))?.length ?? 0) > 1;
    if (!isUsed(module.path, name) && !part && !(isType(node) && isPublic(module.path, name, byFile)))
      violations.push({ file: module.path, line: lineOf(module, node), message: `nobody imports ${name}` });
  }
  const idle = [...forwarded].filter(([name, next]) => !isUsed(module.path, name) && !isForwardedType(next, byFile)).map(([name]) => name);
  if (idle.length > 0) violations.push({ file: module.path, line: null, message: `nobody imports ${idle.join(', ')} from here` });
  return violations;
}

function isForwardedType({ file, name }: { readonly file: string; readonly name: string }, byFile: ReadonlyMap<string, Exports>): boolean {
  const node = byFile.get(file)?.declared.get(name);
  return node !== undefined && isType(node);
}

function isPublic(file: string, name: string, byFile: ReadonlyMap<string, Exports>): boolean {
  return [...byFile.values()].some(
    ({ forwarded, stars, module }) =>
      module.path.endsWith('/index.ts') && (stars.includes(file) || [...forwarded.values()].some((next) => next.file === file && next.name === name)),
  );
}

function exportsOf(module: Module): Exports {
  const exports: Exports = { module, declared: new Map(), forwarded: new Map(), stars: [] };
  for (const statement of module.source.statements) {
    if (ts.isExportDeclaration(statement)) addExportDeclaration(exports, statement);
    else if (isExported(statement)) for (const [name, node] of declarations(statement)) exports.declared.set(name, node);
  }
  return exports;
}

function addExportDeclaration(exports: Exports, { moduleSpecifier, exportClause }: ts.ExportDeclaration): void {
  const file = moduleSpecifier === undefined ? exports.module.path : resolve(exports.module.path, moduleSpecifier);
  if (exportClause === undefined) exports.stars.push(file);
  if (exportClause === undefined || !ts.isNamedExports(exportClause)) return;
  for (const element of exportClause.elements) {
    if (moduleSpecifier === undefined) exports.declared.set(element.name.text, element);
    else exports.forwarded.set(element.name.text, { file, name: (element.propertyName ?? element.name).text });
  }
}

function* importsOf(module: Module): Generator<{ readonly file: string; readonly name: string }> {
  const found: { file: string; name: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) for (const name of importedNames(node)) found.push({ file: resolve(module.path, node.moduleSpecifier), name });
    // `import('…')`, as an expression or as a type: whatever it holds may be used.
    const [target] = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword ? node.arguments : [];
    if (target !== undefined) found.push({ file: resolve(module.path, target), name: '*' });
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) found.push({ file: resolve(module.path, node.argument.literal), name: '*' });
    ts.forEachChild(node, visit);
  };
  visit(module.source);
  yield* found;
}

function importedNames({ importClause }: ts.ImportDeclaration): string[] {
  const bindings = importClause?.namedBindings;
  if (bindings === undefined) return importClause?.name === undefined ? [] : ['default'];
  return ts.isNamespaceImport(bindings) ? ['*'] : bindings.elements.map((element) => (element.propertyName ?? element.name).text);
}

/** As package.json `imports` and Node do it. */
function resolve(from: string, specifier: ts.Node): string {
  const target = ts.isStringLiteral(specifier) ? specifier.text : '';
  if (target.startsWith('#')) return `libs/${target.slice(1)}/index.ts`;
  return target.startsWith('.') ? posix.join(posix.dirname(from), target) : target;
}

function isExported(statement: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
  return modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) && !modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword);
}

function declarations(statement: ts.Statement): [string, ts.Node][] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap((each) => (ts.isIdentifier(each.name) ? [[each.name.text, each]] : []));
  const name = 'name' in statement ? (statement.name as ts.Identifier | undefined) : undefined;
  return name === undefined ? [] : [[name.text, statement]];
}

function isType(node: ts.Node): boolean {
  return ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node);
}
