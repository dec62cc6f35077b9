import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { hasCode } from '../../libs/platform/embedded-postgres/system-error.ts';
import { CLI, type House, houseArgs } from '../e2e/house.ts';

/** The server's own processes: `postgres` is the postmaster, `backends` are all that it has started. */
export function processesOf(house: House): { readonly worker: number | null; readonly postgres: number | null; readonly backends: readonly number[] } {
  const children = childrenOf(house.pid).map((pid) => ({ pid, command: commandLineOf(pid) }));
  const postgres = children.find(({ command }) => command.includes('postgres -D '))?.pid ?? null;
  const worker = children.find(({ command }) => command.endsWith('main.js worker'))?.pid ?? null;
  return { worker, postgres, backends: postgres === null ? [] : childrenOf(postgres) };
}

/** Each ends something with -9; what has to come back by itself is left to do so. */
export const KILLS = {
  server: (house) => house.killAndRestart(),
  worker: async (house) => kill(processesOf(house).worker),
  'all of PostgreSQL': async (house) => kill(processesOf(house).postgres),
  'one process of PostgreSQL': async (house) => kill(oneOf(processesOf(house).backends)),
  'server and PostgreSQL': async (house) => {
    kill(processesOf(house).postgres);
    await house.killAndRestart();
  },
  'server, and again while it starts': async (house) => {
    await house.kill();
    const starting = spawn(process.execPath, [CLI, ...houseArgs(house.directory)], { stdio: 'ignore' });
    await pause(Math.random() * 2_000);
    starting.kill('SIGKILL');
    if (starting.exitCode === null && starting.signalCode === null) await once(starting, 'exit');
    await house.startAgain();
  },
} satisfies Record<string, (house: House) => Promise<void>>;

export type Kill = keyof typeof KILLS;

/** kill -9, where there is something to kill: what is just being restarted is as dead as it can be. */
function kill(pid: number | null): void {
  try {
    if (pid !== null) process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}

function oneOf(pids: readonly number[]): number | null {
  return pids[Math.floor(Math.random() * pids.length)] ?? null;
}

function childrenOf(pid: number): number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

function commandLineOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
}

/** Empty where the process is no more. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
