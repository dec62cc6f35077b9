import { spawnSync } from 'node:child_process';
import { lstat } from 'node:fs/promises';

/** The user `nobody`: it owns nothing and may do nothing. initdb asks that its user have a name, so no number of our own. */
const NOBODY = 65534;

/** Whom PostgreSQL runs as: it refuses to run as root, because a hole in it would then be a hole in the machine. */
export type Account = {
  /** Put before the command line. */
  readonly prefix: readonly string[];
  /** Options for spawn. */
  readonly credentials: { readonly uid?: number; readonly gid?: number };
};

/**
 * An ordinary user runs PostgreSQL as itself. Root runs it as {@link NOBODY}, and where that user cannot reach `program` or
 * `directory` (below /root, say) as root's own user id without any privilege, shown to PostgreSQL as {@link NOBODY}
 * by a user namespace: user_namespaces(7).
 */
export function serverAccount(program: string, directory: string): Account {
  if (process.getuid?.() !== 0) return { prefix: [], credentials: {} };
  const nobody: Account = { prefix: [], credentials: { uid: NOBODY, gid: NOBODY } };
  if (reaches(nobody, program, directory)) return nobody;
  const mapped: Account = { prefix: ['unshare', '--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`, '--'], credentials: {} };
  if (reaches(mapped, program, directory)) return mapped;
  throw new Error(
    `PostgreSQL does not run as root, and user ${NOBODY} cannot reach ${directory} or ${program}. ` +
      'Run as an ordinary user, use a directory others may enter (chmod o+x on each parent), or set DATABASE_URL.',
  );
}

function reaches({ prefix, credentials }: Account, program: string, directory: string): boolean {
  const [command = '', ...args] = [...prefix, '/bin/sh', '-c', 'cd "$1" && exec "$2" --version', 'sh', directory, program];
  return spawnSync(command, args, { ...credentials, stdio: 'ignore' }).status === 0;
}

/**
 * Hands `path` and all below to the account, where it belongs to another: root's account may change between two starts.
 * chown -R changes a directory after what is in it, so an interrupted hand-over is made again.
 */
export async function handOver(path: string, { credentials: { uid = process.getuid?.(), gid = process.getgid?.() } }: Account): Promise<void> {
  if (process.getuid?.() !== 0 || uid === undefined || gid === undefined || (await lstat(path)).uid === uid) return;
  const { status, stderr } = spawnSync('chown', ['-Rh', `${uid}:${gid}`, path], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cannot hand ${path} to user ${uid}: ${stderr.trim()}`);
}
