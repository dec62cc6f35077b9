import { spawnSync } from 'node:child_process';

/** Runs a TypeScript program so that the aliases (package.json, imports) lead to sources, not to dist. Answers its exit code. */
export function runOnSources(program, ...args) {
  const { status } = spawnSync(process.execPath, ['--conditions=deponent-source', program, ...args], { stdio: 'inherit' });
  return status ?? 1;
}
