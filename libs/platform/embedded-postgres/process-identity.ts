import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * When process `pid` began, in a form that no later process with the same pid shares; null where none runs
 * (a zombie does not run: whoever was killed and not yet waited for holds nothing any more).
 */
export async function beginningOf(pid: number): Promise<string | null> {
  if (process.platform !== 'linux') return beginningFromPs(pid);
  const [stat, boot] = await Promise.all([readOrNull(`/proc/${pid}/stat`), readOrNull('/proc/sys/kernel/random/boot_id')]);
  // proc(5): the second field is the command in brackets and may hold anything; field 3 is the state, 22 the start in clock ticks since boot.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  const [state, ticks] = [fields[0], fields[19]];
  return ticks === undefined || state === 'Z' || state === 'X' ? null : `${ticks}-${(boot ?? '').slice(0, 8)}`;
}

/** The command line of process `pid`, arguments separated by spaces; empty where none runs. */
export async function commandLineOf(pid: number): Promise<string> {
  if (process.platform === 'linux') return ((await readOrNull(`/proc/${pid}/cmdline`)) ?? '').replaceAll('\0', ' ').trimEnd();
  return ps('command=', pid);
}

async function beginningFromPs(pid: number): Promise<string | null> {
  const state = await ps('stat=', pid);
  if (state === '' || state.startsWith('Z')) return null;
  return (await ps('lstart=', pid)).replaceAll(/\W+/g, '-');
}

async function ps(column: string, pid: number): Promise<string> {
  try {
    return (await run('ps', ['-ww', '-o', column, '-p', String(pid)])).stdout.trim();
  } catch {
    return '';
  }
}

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return null;
  }
}
