import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import { givePostgres } from '../support/given-postgres.ts';
import { CLI, House, houseArgs } from './house.ts';

const room = mkdtempSync(join(tmpdir(), 'deponent-start-'));
afterAll(() => rmSync(room, { recursive: true, force: true }));

/** A start that is to end by itself or by `during`. */
async function startAndEnd(
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly during?: (pid: number, written: () => string) => Promise<void> } = {},
): Promise<{ code: number | null; written: string }> {
  const child = spawn(process.execPath, [CLI, ...args], { cwd: room, env: { ...process.env, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let written = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      written += chunk;
    });
  }
  const ended = once(child, 'close');
  await options.during?.(child.pid ?? 0, () => written);
  const [code] = await ended;
  return { code, written };
}

describe('a start is refused, with exit 1 and the reason', () => {
  it('on a data directory that another process serves, which is named', async () => {
    const house = await House.start();
    const { code, written } = await startAndEnd(houseArgs(house.directory));
    expect([code, written]).toEqual([1, expect.stringContaining(`in use by process ${house.pid}`)]);
    expect(await house.end()).toBe(0);
  }, 120_000);

  it('where the database would forget what it acknowledged, by the setting that makes it so', async () => {
    const postgres = await givePostgres(join(room, 'forgetful'));
    for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
      await postgres.start([`${setting}=off`]);
      const { code, written } = await startAndEnd(houseArgs(join(room, 'given')), { env: { DATABASE_URL: postgres.url } });
      expect([code, written]).toEqual([1, expect.stringContaining(`the database has ${setting} = off`)]);
      await postgres.stop();
    }
  }, 120_000);

  it('within reach of other machines while the first secrets lie in a file', async () => {
    const directory = join(room, 'exposed');
    mkdirSync(join(directory, 'data'), { recursive: true });
    writeFileSync(join(directory, 'data', 'first-run.json'), '{}');
    for (const env of [{ DEPONENT_HOST: '0.0.0.0' }, { DEPONENT_PUBLIC_URL: 'https://deponent.example' }]) {
      const { code, written } = await startAndEnd(houseArgs(directory), { env });
      expect([code, written]).toEqual([1, expect.stringContaining('first-run.json still holds the first secrets')]);
    }
  }, 60_000);

  it('with settings that cannot be used, each named', async () => {
    const wrong = await startAndEnd(houseArgs(room), { env: { DEPONENT_PUBLIC_URL: 'nowhere', DEPONENT_DEPLOYMENT_KEY: 'short' } });
    expect(wrong.code).toBe(1);
    expect(wrong.written).toMatch(/publicUrl \(DEPONENT_PUBLIC_URL\) .*\n.*deploymentKey \(DEPONENT_DEPLOYMENT_KEY\) must be 64 hex digits/);
    const port = await startAndEnd([...houseArgs(room), '--mcp-port', 'many']);
    expect([port.code, port.written]).toEqual([1, expect.stringContaining('mcpPort (DEPONENT_MCP_PORT)')]);
    writeFileSync(join(room, 'deponent.config.json'), '{"colour":"red"}');
    const unknown = await startAndEnd(houseArgs(room));
    expect([unknown.code, unknown.written]).toEqual([1, expect.stringContaining('colour')]);
    rmSync(join(room, 'deponent.config.json'));
  }, 60_000);
});

describe('SIGTERM before it is ready', () => {
  it('ends an import within 10 s, exit 0, and the next start goes on from there', async () => {
    const documents = join(room, 'documents');
    mkdirSync(documents);
    const line = `${'A line that has to be read, split, counted and encrypted. '.repeat(4)}\n`;
    for (let file = 0; file < 400; file++) writeFileSync(join(documents, `file-${file}.md`), `${file}\n${line.repeat(2_000)}`);
    const directory = join(room, 'importing');
    const { code, written, milliseconds } = await endedDuringImport([...houseArgs(directory), '--import', documents]);
    expect([code, written]).toEqual([0, expect.not.stringMatching(/^ready/m)]);
    expect(milliseconds).toBeLessThan(10_000);
    rmSync(documents, { recursive: true });
    const house = await House.start({ directory });
    expect((await house.call('content_list_sites')).result.isError).toBeUndefined();
    expect(await house.end()).toBe(0);
  }, 120_000);
});

async function endedDuringImport(args: readonly string[]): Promise<{ code: number | null; written: string; milliseconds: number }> {
  let told = 0;
  const during = async (pid: number, written: () => string) => {
    while (!written().includes('First start')) await pause(20);
    await pause(1_000);
    told = performance.now();
    process.kill(pid, 'SIGTERM');
  };
  const ended = await startAndEnd(args, { during });
  return { ...ended, milliseconds: performance.now() - told };
}
