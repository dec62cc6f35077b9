import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export type Running = {
  /** What its line `ready {…}` said. */
  readonly ready: Readonly<Record<string, string>>;
  readonly process: ChildProcess;
  /** Everything it wrote so far. */
  output(): string;
  /** SIGTERM, then waits; resolves to the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, then waits. */
  kill(): Promise<void>;
};

/**
 * Starts a program of ours on the Node that runs this, and waits for its line `ready {…}`.
 *
 * @throws with all it wrote, when it ends first or is not ready in time.
 */
export async function run(
  script: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly prefix?: readonly string[]; readonly readyMilliseconds?: number } = {},
): Promise<Running> {
  const [command = '', ...before] = [...(options.prefix ?? []), process.execPath];
  const child = spawn(command, [...before, '--enable-source-maps', script, ...args], {
    // A test that is about the limit of calls sets one.
    env: { ...process.env, DEPONENT_RATE_LIMIT_CALLS: '0', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let written = '';
  child.stderr.on('data', (chunk) => {
    written += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const ready = await new Promise<Record<string, string>>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`not ready in time:\n${written}`));
    }, options.readyMilliseconds ?? 60_000);
    createInterface({ input: child.stdout }).on('line', (line) => {
      written += `${line}\n`;
      if (!line.startsWith('ready ')) return;
      clearTimeout(timer);
      resolve(JSON.parse(line.slice('ready '.length)));
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`ended with ${code} before it was ready:\n${written}`));
    });
  });
  return {
    ready,
    process: child,
    output: () => written,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
