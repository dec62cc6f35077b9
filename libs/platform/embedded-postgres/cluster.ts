import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, mkdir, mkdtemp, open, readFile, readlink, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { LIMITS } from '#kernel';
import { type Account, handOver, serverAccount } from './account.ts';
import { type Binaries, findBinaries } from './binaries.ts';

const run = promisify(execFile);

const SUPERUSER = 'deponent';
const PORT = 5432;

/** Nothing of ours reaches PostgreSQL through its environment: no secret, no PG* variable, no locale. */
export const SERVER_ENVIRONMENT = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** A database on disk and how it is reached; whether a server runs on it is another matter. */
export type Cluster = {
  readonly directory: string;
  readonly socketDirectory: string;
  readonly logFile: string;
  readonly url: string;
  readonly account: Account;
  readonly binaries: Binaries;
};

/**
 * In `home`: `cluster` (the database), `password` (mode 0600), `socket`, `postgres.log`.
 * The first call makes the database; killed half-way, the next one starts over.
 * `released` is awaited before anything a running server could need is touched.
 */
export async function openCluster(home: string, released: (directory: string) => Promise<void>): Promise<Cluster> {
  const place = await realpath(home);
  const directory = join(place, 'cluster');
  const binaries = await findBinaries();
  await released(directory);
  const account = serverAccount(binaries.postgres, dirname(place));
  await handOver(place, account);
  const password = (await exists(directory)) ? await readPassword(place) : await createCluster(place, directory, account, binaries);
  const socketDirectory = await makeSocketDirectory(place, account);
  return {
    directory,
    socketDirectory,
    logFile: join(place, 'postgres.log'),
    url: urlOf(password, socketDirectory),
    account,
    binaries,
  };
}

/**
 * The url of the server that another process of ours runs in `home`.
 * @throws Error where there is no database.
 */
export async function embeddedUrl(home: string): Promise<string> {
  const place = await realpath(home);
  return urlOf(await readPassword(place), await realpath(join(place, 'socket')));
}

function urlOf(password: string, socketDirectory: string): string {
  return `postgresql://${SUPERUSER}:${password}@localhost:${PORT}/postgres?host=${encodeURIComponent(socketDirectory)}`;
}

async function createCluster(place: string, directory: string, account: Account, { initdb }: Binaries): Promise<string> {
  const unfinished = `${directory}.unfinished`;
  const passwordFile = join(place, 'password');
  const password = randomBytes(24).toString('base64url');
  await rm(unfinished, { recursive: true, force: true });
  await writeFile(passwordFile, password, { mode: 0o600, flush: true });
  await handOver(passwordFile, account);
  const [command = '', ...args] = [
    ...account.prefix,
    initdb,
    ...['--pgdata', unfinished, '--username', SUPERUSER, '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
    // Orders and cases text by code point, the same on every machine and in every later version of its C library.
    ...['--encoding', 'UTF8', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8', '--locale', 'C'],
    ...['--data-checksums', '--no-instructions'],
  ];
  await run(command, args, { ...account.credentials, env: SERVER_ENVIRONMENT, cwd: '/' });
  await rename(unfinished, directory);
  await syncDirectory(place);
  return password;
}

async function readPassword(place: string): Promise<string> {
  const file = join(place, 'password');
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new Error(`cannot read ${file}: without it the database beside it cannot be opened`, { cause });
  }
}

/** Without this a power failure could take back the rename, and the next start would take the database for unfinished. */
async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync();
  await handle.close();
}

/**
 * The only way to the server: a socket in a directory nobody else may enter. A socket's path is short by nature (unix(7)),
 * so below a long `place` the directory is a random one among the temporary files and `socket` is a link to it.
 */
async function makeSocketDirectory(place: string, account: Account): Promise<string> {
  const near = join(place, 'socket');
  const earlier = await readlink(near).catch(() => near);
  await rm(earlier, { recursive: true, force: true });
  await rm(near, { recursive: true, force: true });
  if (Buffer.byteLength(join(near, `.s.PGSQL.${PORT}`)) <= LIMITS.socketPathBytes) {
    await mkdir(near, { mode: 0o700 });
    await handOver(near, account);
    return near;
  }
  const far = await mkdtemp(join(tmpdir(), 'deponent-'));
  await handOver(far, account);
  await symlink(far, near);
  return far;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
