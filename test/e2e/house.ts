import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Running, run } from '../support/server.ts';

export type FirstRun = {
  readonly mcpUrl: string;
  readonly governanceUrl: string;
  readonly organizationId: string;
  readonly siteId: string;
  readonly accessKey: string;
  readonly governanceKey: string;
  readonly admin: { readonly email: string; readonly password: string };
};

// biome-ignore lint/suspicious/noExplicitAny: what a server says is checked by the tests, value by value.
type Said = any;

/** The built program, from the sources of a test and from a test that was built beside it. */
export const CLI = resolve(import.meta.dirname, import.meta.filename.endsWith('.ts') ? '../../dist/apps/cli/main.js' : '../../apps/cli/main.js');

/** The command line of a server on `directory`, after the program. */
export function houseArgs(directory: string): string[] {
  return ['start', '--data', join(directory, 'data'), '--mcp-port', '0', '--governance-port', '0'];
}

function runHouse(args: readonly string[], { env = {}, prefix = [] }: HouseOptions): Promise<Running> {
  return run(CLI, args, { env: { DEPONENT_RATE_LIMIT_CALLS: '0', ...env }, prefix, readyMilliseconds: 90_000 });
}

export type HouseOptions = {
  readonly importFrom?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The directory to use; it may be one of an earlier house. */
  readonly directory?: string;
  /** Put before the command line: `unshare` and the like. */
  readonly prefix?: readonly string[];
};

/** A server as `npm start` makes it, on a directory of its own, and the two ways in. */
export class House {
  readonly directory: string;
  readonly firstRun: FirstRun;
  readonly #args: readonly string[];
  readonly #options: HouseOptions;
  #running: Running;

  private constructor(directory: string, args: readonly string[], options: HouseOptions, running: Running) {
    this.directory = directory;
    this.#args = args;
    this.#options = options;
    this.#running = running;
    this.firstRun = JSON.parse(readFileSync(join(this.dataDirectory, 'first-run.json'), 'utf8'));
  }

  static async start(options: HouseOptions = {}): Promise<House> {
    const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'deponent-e2e-'));
    const args = houseArgs(directory);
    const first = options.importFrom === undefined ? args : [...args, '--import', options.importFrom];
    return new House(directory, args, options, await runHouse(first, options));
  }

  /** As this process sees it, also where the server sees a file system of its own. */
  get dataDirectory(): string {
    const root = this.#options.prefix === undefined ? '' : `/proc/${this.pid}/root`;
    return `${root}${join(this.directory, 'data')}`;
  }

  /** For whoever looks at the database himself. */
  get databaseUrl(): string {
    const home = join(this.dataDirectory, 'postgres');
    const embedded = () =>
      `postgresql://deponent:${readFileSync(join(home, 'password'), 'utf8')}@localhost:5432/postgres?host=${encodeURIComponent(join(home, 'socket'))}`;
    return this.#options.env?.DATABASE_URL ?? embedded();
  }

  get mcpUrl(): string {
    return this.#running.ready.mcp ?? '';
  }

  get governanceUrl(): string {
    return this.#running.ready.governance ?? '';
  }

  get pid(): number {
    return this.#running.process.pid ?? 0;
  }

  get output(): string {
    return this.#running.output();
  }

  /** kill -9, then the same directory again. */
  async killAndRestart(): Promise<void> {
    await this.kill();
    await this.startAgain();
  }

  /** kill -9. */
  kill(): Promise<void> {
    return this.#running.kill();
  }

  /** The same directory again, after an end of whatever kind. */
  async startAgain(): Promise<void> {
    this.#running = await runHouse(this.#args, this.#options);
  }

  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null> {
    return this.#running.stop();
  }

  /** Ends it and removes the directory; resolves to the exit code. */
  async end(): Promise<number | null> {
    const code = await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
    return code;
  }

  /** One JSON-RPC request of the 2026-07-28 revision, as it goes over the wire. */
  async post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.mcpUrl, {
      method: 'POST',
      headers: { ...this.headersFor(body), ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  headersFor(body: unknown): Record<string, string> {
    const { method, params } = typeof body === 'object' && body !== null ? (body as { method?: string; params?: { name?: string } }) : {};
    return {
      authorization: `Bearer ${this.firstRun.accessKey}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      ...(method === undefined ? {} : { 'mcp-method': method }),
      ...(params?.name === undefined ? {} : { 'mcp-name': params.name }),
    };
  }

  /** A tool's result. */
  async call(
    name: string,
    given: Record<string, unknown> = {},
    options: { meta?: Record<string, unknown>; headers?: Record<string, string>; id?: number } = {},
  ): Promise<Said> {
    const response = await this.post(toolCall(name, given, options.meta, options.id), options.headers);
    return response.json();
  }

  async governance(method: string, path: string, body?: unknown): Promise<Said> {
    const response = await this.governanceResponse(method, path, body);
    return response.json();
  }

  governanceResponse(method: string, path: string, body?: unknown, key: string = this.firstRun.governanceKey): Promise<Response> {
    const headers = { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    return fetch(`${this.governanceUrl}/api/v1${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  }

  /** Polls until the question has the answer looked for. */
  async eventually<Answer>(ask: () => Promise<Answer>, isIt: (answer: Answer) => boolean, seconds = 20): Promise<Answer> {
    for (const until = Date.now() + seconds * 1_000; ; await pause(50)) {
      const answer = await ask();
      if (isIt(answer)) return answer;
      if (Date.now() > until) throw new Error(`not in time: ${JSON.stringify(answer)}`);
    }
  }
}

export function toolCall(name: string, given: Record<string, unknown>, meta: Record<string, unknown> = {}, id = 1) {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'e2e', version: '1.0.0' },
    'io.modelcontextprotocol/clientCapabilities': {},
    ...meta,
  };
  return { jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: given, _meta } };
}
