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
};

// biome-ignore lint/suspicious/noExplicitAny: what a server says is checked by the tests, value by value.
type Said = any;

const CLI = resolve(import.meta.dirname, '../../dist/apps/cli/main.js');

/** A server as `npm start` makes it, on a directory of its own, and the two ways in. */
export class House {
  private constructor(
    readonly directory: string,
    private running: Running,
    readonly firstRun: FirstRun,
    private readonly args: readonly string[],
  ) {}

  static async start(options: { readonly importFrom?: string; readonly env?: NodeJS.ProcessEnv; readonly data?: string } = {}): Promise<House> {
    const directory = options.data ?? mkdtempSync(join(tmpdir(), 'deponent-e2e-'));
    const args = ['start', '--data', join(directory, 'data'), '--mcp-port', '0', '--governance-port', '0'];
    const running = await run(CLI, options.importFrom === undefined ? args : [...args, '--import', options.importFrom], {
      readyMilliseconds: 90_000,
      ...(options.env ? { env: options.env } : {}),
    });
    return new House(directory, running, JSON.parse(readFileSync(join(directory, 'data', 'first-run.json'), 'utf8')), args);
  }

  get mcpUrl(): string {
    return this.running.ready.mcp ?? '';
  }

  get governanceUrl(): string {
    return this.running.ready.governance ?? '';
  }

  get pid(): number {
    return this.running.process.pid ?? 0;
  }

  get output(): string {
    return this.running.output();
  }

  /** kill -9, then the same directory again. */
  async killAndRestart(): Promise<void> {
    await this.running.kill();
    this.running = await run(CLI, this.args, { readyMilliseconds: 90_000 });
  }

  /** Ends it and removes the directory; resolves to the exit code. */
  async end(): Promise<number | null> {
    const code = await this.running.stop();
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
