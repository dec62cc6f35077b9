import ts from 'typescript';

export type Floating = { readonly file: string; readonly line: number; readonly text: string };

/**
 * Statements that start something and wait for neither its end nor its error. Here that could be an append: an answer
 * released before it is recorded. Who means it writes `void`, or handles the error with `catch`.
 */
export function floatingPromises(program: ts.Program): Floating[] {
  const checker = program.getTypeChecker();
  const found: Floating[] = [];
  for (const source of program.getSourceFiles().filter(({ fileName, isDeclarationFile }) => !isDeclarationFile && !fileName.includes('/node_modules/'))) {
    const visit = (node: ts.Node): void => {
      if (ts.isExpressionStatement(node) && !isHandled(node.expression) && isPromise(checker, node.expression)) {
        const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
        found.push({ file: source.fileName, line, text: node.getText(source).split('\n', 1)[0] ?? '' });
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return found;
}

/** The program that tsc compiles in a folder. */
export function programOf(folder: string): ts.Program {
  const file = `${folder}/tsconfig.json`;
  const { options, fileNames } = ts.parseJsonConfigFileContent(ts.readConfigFile(file, ts.sys.readFile).config, ts.sys, folder);
  return ts.createProgram(fileNames, { ...options, noEmit: true });
}

/** Kept in a variable, or its error has a handler. */
function isHandled(expression: ts.Expression): boolean {
  if (ts.isBinaryExpression(expression)) return true;
  if (!ts.isCallExpression(expression) || !ts.isPropertyAccessExpression(expression.expression)) return false;
  const { expression: promise, name } = expression.expression;
  if (name.text === 'finally') return isHandled(promise);
  return name.text === 'catch' || (name.text === 'then' && expression.arguments.length === 2);
}

function isPromise(checker: ts.TypeChecker, expression: ts.Expression): boolean {
  const type = checker.getTypeAtLocation(expression);
  const parts = type.isUnion() ? type.types : [type];
  return parts.some((part) => part.getProperty('then') !== undefined);
}
