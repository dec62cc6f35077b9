import { globSync } from 'node:fs';
import { cruise, getAvailableTranspilers, type ICruiseResult } from 'dependency-cruiser';
import { forbiddenRules } from './dependency-cruiser.ts';

const ROOTS = ['libs', 'apps', 'test', 'bin'];
const NOT_OURS = '^(?:test/vectors|dist|coverage)/';

/**
 * Cruises the tree in the current directory: `rule: from -> to (reason)`, one for each forbidden import.
 * Type-only imports count: a floor is about knowledge, not about what is loaded.
 */
async function floorViolations(): Promise<string[]> {
  // With a TypeScript that it does not support, dependency-cruiser sees fewer modules or none, finds less wrong and passes.
  if (!getAvailableTranspilers().some(({ name, available }) => name === 'typescript' && available))
    throw new Error('dependency-cruiser cannot use this TypeScript');
  const sources = globSync(`{${ROOTS.join(',')}}/**/*.ts`).filter((path) => !/^test\/vectors\//.test(path));
  const roots = ROOTS.filter((root) => globSync(root).length > 0);
  const { output } = await cruise(roots, {
    ruleSet: { forbidden: forbiddenRules() },
    validate: true,
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: NOT_OURS },
    enhancedResolveOptions: {
      // As package.json "imports" and tsconfig's customConditions: aliases lead to sources, not to dist.
      conditionNames: ['deponent-source', 'types', 'import', 'node', 'default'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.mjs', '.js', '.d.ts', '.d.mts'],
    },
  });
  const { modules, summary } = output as ICruiseResult;
  const seen = new Set(modules.map((module) => module.source));
  const unseen = sources.filter((path) => !seen.has(path));
  if (unseen.length > 0) throw new Error(`dependency-cruiser did not see ${unseen.length} files, among them ${unseen.slice(0, 3).join(', ')}`);
  return summary.violations.map(({ rule, from, to, cycle }) => {
    const way = cycle === undefined ? [from, to] : [from, ...cycle.map(({ name }) => name)];
    return `${rule.name}: ${way.join(' -> ')}`;
  });
}

const reasons = new Map(forbiddenRules().map(({ name, comment }) => [name, comment]));
const found = await floorViolations();
for (const violation of found) process.stdout.write(`${violation} (${reasons.get(violation.slice(0, violation.indexOf(':')))})\n`);
process.stdout.write(`${found.length} forbidden imports\n`);
process.exitCode = found.length > 0 ? 1 : 0;
