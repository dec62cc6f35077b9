import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { LIMITS } from '#kernel';

export type ExtractorProcess = ChildProcessByStdio<Writable, Readable, null>;

/**
 * Starts the program that reads documents, on the Node that runs this. It gets no environment, no rights beyond reading
 * its own code, and limits that the system holds it to: those of V8 do not count what lies outside its heap.
 */
export function startExtractor(): ExtractorProcess {
  const [command, args] = limited([process.execPath, ...flags(), join(import.meta.dirname, 'child', `main${KIND}`)]);
  return spawn(command, args, { env: {}, stdio: ['pipe', 'pipe', 'ignore'] });
}

/** Run from sources by tests, built otherwise. */
const KIND = extname(import.meta.filename);
const ROOT = join(import.meta.dirname, KIND === '.ts' ? '../../..' : '../../../..');
const CODE = ['node_modules', 'package.json', 'libs', 'dist'].map((name) => join(ROOT, name));

function flags(): string[] {
  return [
    `--max-old-space-size=${LIMITS.extractorHeapMebibytes}`,
    '--disallow-code-generation-from-strings',
    '--permission',
    ...CODE.map((path) => `--allow-fs-read=${path}`),
    ...(KIND === '.ts' ? ['--conditions=deponent-source'] : []),
  ];
}

const SHELL = '/bin/sh';
const SET_LIMITS = `ulimit -d ${LIMITS.extractorDataKibibytes} || true; ulimit -t ${LIMITS.extractorCpuSeconds} || true; ulimit -c 0 || true; exec "$@"`;

/** Windows has neither; there the heap limit and the time limit hold alone. */
function limited(program: readonly string[]): [string, string[]] {
  const [command = '', ...args] = program;
  return existsSync(SHELL) ? [SHELL, ['-c', SET_LIMITS, SHELL, ...program]] : [command, args];
}
