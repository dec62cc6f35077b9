import { type ChildProcess, spawn } from 'node:child_process';
import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { LIMITS } from '#kernel';
import { type Cluster, SERVER_ENVIRONMENT } from './cluster.ts';
import { commandLineOf } from './process-identity.ts';
import { serverSettings } from './settings.ts';
import { hasCode } from './system-error.ts';

const POLL_MILLISECONDS = 20;

/** A PostgreSQL that answers. */
export type ServerProcess = {
  readonly pid: number;
  /** Resolves when it is no more, with what ended it. */
  readonly ended: Promise<string>;
  /** Ends it within LIMITS.databaseStopMilliseconds; open transactions are rolled back. */
  stop(): Promise<void>;
};

/**
 * Starts PostgreSQL on `cluster` and waits until it answers `select 1`.
 * @throws Error with the end of its log; also once `stopping` is aborted. No server is left behind then.
 */
export async function startServer(cluster: Cluster, stopping: AbortSignal): Promise<ServerProcess> {
  const log = await openLog(cluster.logFile);
  const [command = '', ...args] = [...cluster.account.prefix, cluster.binaries.postgres, '-D', cluster.directory, ...serverSettings(cluster.socketDirectory)];
  // In a session of its own: Ctrl-C in the terminal is for us, and we stop PostgreSQL after the last call is answered.
  const child = spawn(command, args, { ...cluster.account.credentials, env: SERVER_ENVIRONMENT, cwd: '/', detached: true, stdio: ['ignore', log.fd, log.fd] });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit ${code}`));
  });
  await log.close();
  const { pid } = child;
  if (pid === undefined) throw new Error(`PostgreSQL did not start: ${await ended}`);
  const guard = endWithUs(pid);
  void ended.then(() => guard.kill('SIGKILL'));
  const stop = () => signalUntil(() => hasEnded(child), pid);
  try {
    await answers(cluster.url, () => stopping.aborted || hasEnded(child));
  } catch (cause) {
    await stop();
    throw new Error(`PostgreSQL did not start: ${await lastLines(cluster.logFile)}`, { cause });
  }
  return { pid, ended, stop };
}

/**
 * Ends a server that was left behind on `directory`, so that the one we start is ours: our child, our version, our settings.
 * Only a process that shows this directory on its command line is signalled.
 */
export async function endLeftoverServer(directory: string): Promise<void> {
  const pidFile = join(directory, 'postmaster.pid');
  const pid = Number.parseInt(await readFile(pidFile, 'utf8').catch(() => ''), 10);
  if (!(pid > 1)) return;
  const command = await commandLineOf(pid);
  if (isServerOn(directory, command)) await signalUntil(async () => !isServerOn(directory, await commandLineOf(pid)), pid);
  // PostgreSQL takes any process of that pid for a running server: an unrelated one, and one that is dead and that nobody has
  // waited for yet. Where there is none it sees that itself. What is left of a killed server it knows by its shared memory.
  else if (isTaken(pid)) await rm(pidFile, { force: true });
}

function isTaken(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !hasCode(error, 'ESRCH');
  }
}

function isServerOn(directory: string, command: string): boolean {
  return command.includes(`postgres -D ${directory} `);
}

/**
 * A small process that waits for the end of a pipe we hold and then asks PostgreSQL to stop: the pipe ends with us, however
 * we end, kill -9 included. Where it is killed too, the next start ends the server that was left behind.
 */
function endWithUs(pid: number): ChildProcess {
  const guard = spawn('/bin/sh', ['-c', 'read -r _; kill -INT "$1"', 'sh', String(pid)], { detached: true, cwd: '/', stdio: ['pipe', 'ignore', 'ignore'] });
  guard.unref();
  return guard;
}

/** Fast shutdown, then immediate, then none: each is recovered from, the first leaves nothing to recover. */
async function signalUntil(ended: () => boolean | Promise<boolean>, pid: number): Promise<void> {
  const patience = LIMITS.databaseStopMilliseconds;
  for (const [signal, share] of [
    ['SIGINT', 0.6],
    ['SIGQUIT', 0.2],
    ['SIGKILL', 0.2],
  ] as const) {
    if (await ended()) return;
    kill(pid, signal);
    for (const deadline = Date.now() + patience * share; Date.now() < deadline && !(await ended()); ) await pause(POLL_MILLISECONDS);
  }
  if (!(await ended())) throw new Error(`PostgreSQL (process ${pid}) does not end`);
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It ended in the meantime.
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function answers(url: string, givenUp: () => boolean): Promise<void> {
  // Ends when it answers, with the first error that waiting does not cure, or at the deadline.
  for (const deadline = Date.now() + LIMITS.databaseStartMilliseconds; ; await pause(POLL_MILLISECONDS)) {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: LIMITS.connectMilliseconds });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('select 1');
      return;
    } catch (error) {
      if (givenUp() || Date.now() > deadline || !isStarting(error)) throw error;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/** No socket yet, a socket nobody listens on yet, or SQLSTATE 57P03 (cannot_connect_now: starting up, recovering). */
function isStarting(error: unknown): boolean {
  return hasCode(error, 'ENOENT', 'ECONNREFUSED', '57P03');
}

async function openLog(file: string): Promise<FileHandle> {
  const log = await open(file, 'a', 0o600);
  if ((await log.stat()).size > LIMITS.databaseLogBytes) await log.truncate();
  return log;
}

async function lastLines(file: string): Promise<string> {
  const lines = (await readFile(file, 'utf8').catch(() => '')).trim().split('\n');
  return lines.slice(-5).join(' | ');
}
