import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { openCluster, SERVER_ENVIRONMENT } from '../../libs/platform/embedded-postgres/cluster.ts';
import { serverSettings } from '../../libs/platform/embedded-postgres/settings.ts';

/** A PostgreSQL such as an operator gives by DATABASE_URL: nobody looks after it but the test. */
export type GivenPostgres = {
  readonly url: string;
  /** Starts it where it does not run, wakes it where it is frozen; resolves when it answers. `settings` such as `fsync=off`. */
  start(settings?: readonly string[]): Promise<void>;
  /** Ends every connection and then itself; what is committed stays. */
  stop(): Promise<void>;
  /** From now on it says nothing, on old connections and on new ones. */
  freeze(): void;
};

export async function givePostgres(home: string): Promise<GivenPostgres> {
  mkdirSync(home, { recursive: true });
  const { account, binaries, directory, socketDirectory, url } = await openCluster(home, async () => undefined);
  let server: ChildProcess | null = null;

  function run(settings: readonly string[]): ChildProcess {
    const options = [...serverSettings(socketDirectory), ...settings.flatMap((setting) => ['-c', setting])];
    const [command = '', ...args] = [...account.prefix, binaries.postgres, '-D', directory, ...options];
    const started = spawn(command, args, { ...account.credentials, env: SERVER_ENVIRONMENT, cwd: '/', stdio: 'ignore' });
    started.once('exit', () => {
      server = null;
    });
    return started;
  }

  function signalAll(signal: NodeJS.Signals): void {
    if (server?.pid === undefined) return;
    const children = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    for (const pid of [server.pid, ...children]) process.kill(pid, signal);
  }

  return {
    url,
    async start(settings = []) {
      if (server === null) server = run(settings);
      else signalAll('SIGCONT');
      while (!(await answers(url))) await pause(20);
    },
    async stop() {
      if (server === null) return;
      const ended = once(server, 'exit');
      signalAll('SIGCONT');
      server.kill('SIGINT');
      await ended;
    },
    freeze: () => signalAll('SIGSTOP'),
  };
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}
