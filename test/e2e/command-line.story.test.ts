import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CLI, House } from './house.ts';

/** `deponent …` in an empty directory, run to its end. */
function deponent(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--enable-source-maps', CLI, ...args], {
    cwd: directory,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: 25_000,
    killSignal: 'SIGKILL',
  });
  return { status, stdout, stderr };
}

let directory: string;
let house: House;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'deponent-cli-'));
  writeFileSync(join(directory, 'not.json'), '{');
  house = await House.start();
}, 90_000);
afterAll(async () => {
  await house.end();
  rmSync(directory, { recursive: true });
}, 30_000);

describe('a command that makes no sense ends with 2, and says what would', () => {
  it.each<[args: string[], says: string]>([
    [['nonsense'], 'There is no command "nonsense". There are: start, import, verify'],
    [['start', '--nonsense'], "Unknown option '--nonsense'. See: deponent start --help"],
    [['start', 'extra'], "Unexpected argument 'extra'. See: deponent start --help"],
    [['import'], 'Say which folder and which site: deponent import DIR --site NAME'],
    [['verify', 'bundle.zip'], 'Say which bundle and which keys: deponent verify BUNDLE.zip --trust trust.json'],
    [['verify', 'absent.zip', '--trust', 'absent.json'], 'absent.zip cannot be read.'],
    [['verify', 'not.json', '--trust', 'not.json'], 'not.json is not JSON.'],
    [['first-run'], 'Say what to do with it: deponent first-run --forget'],
  ])('%j', (args, says) => {
    const { status, stderr } = deponent(args);
    expect(stderr).toMatch(new RegExp(`^deponent: ${says.replace(/[.?]/g, '\\$&')}`));
    expect([status, stderr.split('\n').length]).toEqual([2, 2]);
  });

  it('and --help of each shows its options', () => {
    const { stdout } = deponent(['--help']);
    const names = [...stdout.matchAll(/^ {2}([a-z-]+) {2,}[A-Z]/gm)].map(([, name = '']) => name);
    expect(names).toEqual(expect.arrayContaining(['start', 'import', 'verify', 'rebuild', 'doctor', 'first-run']));
    for (const name of names) expect(deponent([name, '--help'])).toMatchObject({ status: 0, stdout: expect.stringContaining('Options:\n') });
  });
});

describe('a start that cannot succeed ends with 1, and says in one line what is in its way', () => {
  const cannotStart = (args: readonly string[], env: NodeJS.ProcessEnv, says: string) => {
    const { status, stdout, stderr } = deponent(['start', ...args], env);
    expect(stderr).toContain(says);
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect([status, stdout]).toEqual([1, '']);
  };

  it('another server on the data directory, by its process', () => {
    cannotStart(['--data', house.dataDirectory], {}, `the data directory ${house.dataDirectory} is in use by process ${house.pid}`);
  });

  it.each<['mcp' | 'governance', free: string]>([
    ['mcp', '--governance-port'],
    ['governance', '--mcp-port'],
  ])('a port of %s that is taken, with the setting, before anything is made', (name, free) => {
    const taken = new URL(name === 'mcp' ? house.firstRun.mcpUrl : house.firstRun.governanceUrl).port;
    cannotStart(
      ['--data', join(directory, 'fresh'), `--${name}-port`, taken, free, '0'],
      {},
      `port ${taken} of 127.0.0.1 is in use by another program; choose another with --${name}-port`,
    );
  });

  it('a data directory that is a file', () => {
    cannotStart(['--data', join(directory, 'not.json')], {}, `the data directory ${join(directory, 'not.json')} cannot be used: `);
  });

  it('a database that nobody serves, without the password that is in its URL', () => {
    const env = { DATABASE_URL: 'postgresql://user:canary@127.0.0.1:1/name' };
    cannotStart(['--data', join(directory, 'other')], env, 'the database cannot be reached (DATABASE_URL): ');
    expect(deponent(['start', '--data', join(directory, 'other')], env).stderr).not.toContain('canary');
  });
});
