import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { checkDurability, claimDataDirectory, DataDirectoryInUse, type EmbeddedPostgres, NotDurable, startEmbeddedPostgres } from './index.ts';
import { beginningOf } from './process-identity.ts';

const PROCESS = join(import.meta.dirname, '../../../test/support/embedded-postgres.process.mjs');
const isRoot = process.getuid?.() === 0;

let room: string;
const running: EmbeddedPostgres[] = [];
const children: ChildProcess[] = [];

beforeAll(async () => {
  room = await mkdtemp(join(process.env.DEPONENT_TEST_DIRECTORY ?? tmpdir(), 'embedded postgres '));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((postgres) => postgres.stop()));
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rm(room, { recursive: true, force: true }));

async function start(dataDirectory: string, lines: string[] = []): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDirectory, log: (line) => lines.push(line) });
  running.push(postgres);
  return postgres;
}

/** The same in another Node process, under `prefix` (setpriv, unshare). */
async function startElsewhere(
  dataDirectory: string,
  prefix: readonly string[] = [],
): Promise<{ node: ChildProcess; url: string; pid: number; seenUid: number }> {
  const [command = '', ...args] = [...prefix, process.execPath, '--conditions=deponent-source', PROCESS, dataDirectory];
  const node = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(node);
  let complaint = '';
  node.stderr.on('data', (chunk) => {
    complaint += chunk;
  });
  const line = await Promise.race([once(node.stdout, 'data'), once(node, 'exit').then(() => null)]);
  if (line === null) throw new Error(complaint);
  return { node, ...JSON.parse(String(line[0])) };
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Asks until it is so: a process needs a moment to die or to come back. */
async function eventually(condition: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await condition().catch(() => false)); await pause(20)) {
    if (Date.now() > deadline) throw new Error(`not within 20 s: ${condition}`);
  }
}

const isGone = (pid: number) => async () => (await beginningOf(pid)) === null;

/** The process that would end server `pid` after the death of `node`. */
async function guardOf(node: ChildProcess, pid: number): Promise<number> {
  const siblings = (await readFile(`/proc/${node.pid}/task/${node.pid}/children`, 'utf8')).trim().split(' ').map(Number);
  return siblings.find((sibling) => sibling !== pid) ?? Number.NaN;
}

describe('the embedded database', () => {
  it('is durable, checksummed, private, and orders text by code point', async () => {
    const home = join(room, 'settings');
    const postgres = await start(home);
    const settings = await query(postgres.url, 'select name, setting from pg_settings');
    const of = (name: string) => settings.find((row) => row.name === name)?.setting;
    expect([of('fsync'), of('synchronous_commit'), of('full_page_writes'), of('data_checksums')]).toEqual(['on', 'on', 'on', 'on']);
    expect([of('listen_addresses'), of('server_encoding'), of('track_wal_io_timing')]).toEqual(['', 'UTF8', 'on']);
    expect(await query(postgres.url, "select array(select unnest(array['ä', 'b', 'Z']) x order by x) as sorted")).toEqual([{ sorted: ['Z', 'b', 'ä'] }]);

    const modes = await Promise.all(['', 'cluster', 'password', 'socket'].map(async (name) => (await stat(join(home, name))).mode & 0o777));
    expect(modes).toEqual([0o700, 0o700, 0o600, 0o700]);
    expect(await readFile(join(home, 'cluster', 'pg_hba.conf'), 'utf8')).not.toMatch(/^[^#]*\b(trust|peer)\b/m);
    const guessed = postgres.url.replace(/:[^:@]+@/, ':guessed@');
    await expect(query(guessed, 'select 1')).rejects.toThrow(/password authentication failed/);
  });

  it('keeps what was written, its url and its password when started again', async () => {
    const first = await start(join(room, 'again'));
    await query(first.url, 'create table kept (word text)');
    await first.stop();
    const second = await start(join(room, 'again'));
    expect(second.url).toBe(first.url);
    expect(await query(second.url, 'select * from kept')).toEqual([]);
  });

  it('comes back by itself after kill -9 of the postmaster, with everything acknowledged', async () => {
    const lines: string[] = [];
    const postgres = await start(join(room, 'killed'), lines);
    await query(postgres.url, 'create table kept (n int)');
    for (const n of [1, 2]) {
      await query(postgres.url, `insert into kept values (${n})`);
      const killed = postgres.pid;
      process.kill(killed, 'SIGKILL');
      await eventually(async () => (await query(postgres.url, 'select n from kept')).length === n && postgres.pid !== killed);
    }
    expect(lines.filter((line) => line.includes('ended unexpectedly (SIGKILL)'))).toHaveLength(2);
  });

  it('can be stopped while it is being started again', async () => {
    const postgres = await start(join(room, 'stopped'));
    const killed = postgres.pid;
    process.kill(killed, 'SIGKILL');
    await eventually(isGone(killed));
    await postgres.stop();
    await expect(query(postgres.url, 'select 1')).rejects.toThrow();
    const last = Number.parseInt(await readFile(join(room, 'stopped', 'cluster', 'postmaster.pid'), 'utf8').catch(() => String(killed)), 10);
    expect(await beginningOf(last)).toBeNull();
  });

  it('ends when the Node process that runs it is killed with -9', async () => {
    const { node, pid } = await startElsewhere(join(room, 'left alone'));
    node.kill('SIGKILL');
    await eventually(isGone(pid));
  });

  it('replaces a server that was left behind, and no other process', async () => {
    const home = join(room, 'left behind');
    const { node, url, pid } = await startElsewhere(home);
    await query(url, 'create table kept (n int)');
    process.kill(await guardOf(node, pid), 'SIGKILL');
    node.kill('SIGKILL');
    await once(node, 'exit');
    expect(await isGone(pid)()).toBe(false);
    const next = await start(home);
    expect(await isGone(pid)()).toBe(true);
    expect(await query(next.url, 'select * from kept')).toEqual([]);
    await next.stop();

    // The pid of a server that is no more may be anyone's by now, here ours.
    await writeFile(join(home, 'cluster', 'postmaster.pid'), `${process.pid}\n${join(home, 'cluster')}\n`);
    expect(await query((await start(home)).url, 'select * from kept')).toEqual([]);
  });

  it('starts over where making the database was interrupted', async () => {
    const home = join(room, 'interrupted');
    await mkdir(join(home, 'cluster.unfinished'), { recursive: true });
    await writeFile(join(home, 'cluster.unfinished', 'PG_VERSION'), '1');
    expect(await query((await start(home)).url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('works below a path too long for a socket', async () => {
    const home = join(room, 'ä'.repeat(60), 'data');
    const postgres = await start(home);
    expect(await query(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    const socket = new URL(postgres.url).searchParams.get('host') ?? '';
    expect((await stat(socket)).mode & 0o777).toBe(0o700);
    await postgres.stop();
    await expect(stat(socket)).rejects.toThrow(/ENOENT/);
  });

  it('says why it does not start', async () => {
    const home = join(room, 'broken');
    await (await start(home)).stop();
    await rm(join(home, 'cluster', 'global', 'pg_control'));
    await expect(start(home)).rejects.toThrow(/PostgreSQL did not start: .*pg_control/);
    await rm(join(home, 'password'));
    await expect(start(home)).rejects.toThrow(/cannot read .*password/);
  });
});

describe('whom it runs as', () => {
  const AS_NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];
  /** A checkout below /root is closed to others. */
  const nobodyReachesUs = () => spawnSync('setpriv', [...AS_NOBODY.slice(1), process.execPath, '--check', PROCESS]).status === 0;
  const ids = async (pid: number) => /^Uid:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];

  const cases = isRoot
    ? [
        { who: 'root, below a directory others may enter', mode: 0o755, uid: nobodyReachesUs() ? '65534' : '0' },
        { who: 'root, below a directory of its own', mode: 0o700, uid: '0' },
      ]
    : [{ who: 'an ordinary user', mode: 0o700, uid: String(process.getuid?.()) }];

  it.each(cases)('is right for $who', async ({ mode, uid }) => {
    await chmod(room, mode);
    const postgres = await start(join(room, 'account'));
    expect(await ids(postgres.pid)).toBe(uid);
    const capabilities = /^CapEff:\s+(\w+)/m.exec(await readFile(`/proc/${postgres.pid}/status`, 'utf8'))?.[1];
    expect(capabilities).toMatch(/^0+$/);
    expect(await query(postgres.url, 'select count(*)::int as n from pg_class where relname = $$kept$$')).toEqual([{ n: 0 }]);
  });

  it('is the user itself where that is an ordinary one', async () => {
    const { prefix, uid, owner } = ordinaryUser();
    await chmod(room, 0o755);
    const home = join(room, 'ordinary');
    await mkdir(home);
    await chown(home, owner ?? 0, owner ?? 0);
    const { node, pid, seenUid } = await startElsewhere(home, prefix);
    expect(seenUid).toBe(uid);
    expect(await ids(pid)).toBe(String(owner));
    node.kill('SIGTERM');
    await once(node, 'exit');
    expect(await isGone(pid)()).toBe(true);
  });

  /** Nobody, where it can read this Node and these sources; else root without privileges, shown to itself as nobody. */
  function ordinaryUser() {
    if (!isRoot) return { prefix: [], uid: process.getuid?.(), owner: process.getuid?.() };
    if (nobodyReachesUs()) return { prefix: AS_NOBODY, uid: 65534, owner: 65534 };
    return { prefix: ['unshare', '--user', '--map-user=65534', '--map-group=65534', '--'], uid: 65534, owner: 0 };
  }
});

describe('the claim on a data directory', () => {
  it('keeps a second server away and names the first', async () => {
    const home = join(room, 'claimed');
    const { node } = await startElsewhere(home);
    const refused = start(home);
    await expect(refused).rejects.toBeInstanceOf(DataDirectoryInUse);
    await expect(refused).rejects.toThrow(`the data directory ${home} is in use by process ${node.pid}`);
    node.kill('SIGKILL');
    await once(node, 'exit');
    expect(await query((await start(home)).url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('is given to one of many that come at once, also over the claims of dead processes and of reused pids', async () => {
    const home = join(room, 'many');
    await mkdir(join(home, 'process.claim'), { recursive: true });
    await writeFile(join(home, 'process.claim', '999999999-1-gone'), '');
    await writeFile(join(home, 'process.claim', `${process.pid}-1-another`), '');
    const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => claimDataDirectory(home)));
    const granted = attempts.filter((attempt) => attempt.status === 'fulfilled');
    expect(granted).toHaveLength(1);
    await granted[0]?.value.release();
    await (await claimDataDirectory(home)).release();
    expect(await readdir(home)).toEqual([]);
  });
});

describe('durability', () => {
  it.each(['fsync', 'synchronous_commit', 'full_page_writes'])('a database with %s off is refused', async (name) => {
    const postgres = await start(join(room, 'durability'));
    const settings = (overridden: string[]) => async (sql: string) => {
      const rows = await query(postgres.url, sql);
      return rows.map((row) => ({ name: String(row.name), setting: overridden.includes(String(row.name)) ? 'off' : String(row.setting) }));
    };
    await expect(checkDurability(settings([]))).resolves.toBeUndefined();
    const refused = checkDurability(settings([name]));
    await expect(refused).rejects.toBeInstanceOf(NotDurable);
    await expect(refused).rejects.toThrow(`the database has ${name} = off`);
  });
});
