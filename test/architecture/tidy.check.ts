import { readTree } from './tidy/rule.ts';
import { TIDY_RULES } from './tidy/rules.ts';

/** Holds every tidy rule against the tree in the current directory. */
const tree = readTree('.');
let count = 0;
for (const rule of TIDY_RULES) {
  const violations = rule.check(tree);
  if (violations.length > 0) process.stdout.write(`${rule.name}: ${rule.says}\n`);
  for (const { file, line, message } of violations) process.stdout.write(`  ${file}${line === null ? '' : `:${line}`} ${message}\n`);
  count += violations.length;
}
process.stdout.write(`${TIDY_RULES.length} rules, ${tree.size} files, ${count} violations\n`);
process.exitCode = count > 0 ? 1 : 0;
