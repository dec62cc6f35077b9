import { spawnSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { hasCode } from '../../libs/platform/embedded-postgres/system-error.ts';

const MOUNT_AND_RUN = 'mount -t tmpfs -o size="$1m",mode=0755 small-disk "$2" && shift 2 && exec "$@"';

/** Root makes a mount that only its own child sees; anybody else does so as the root of a user namespace (user_namespaces(7)). */
const WAYS = [
  ['unshare', '--mount', '--'],
  ['unshare', '--user', '--map-root-user', '--mount', '--'],
];

/** What to put before a command line, so that the program has a file system of so many megabytes of its own at `directory`. */
export function onSmallDisk(directory: string, megabytes: number): string[] {
  const mount = ['/bin/sh', '-c', MOUNT_AND_RUN, 'sh', String(megabytes), directory];
  const complaints: string[] = [];
  for (const way of WAYS) {
    const [command = '', ...args] = [...way, ...mount, 'true'];
    const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
    if (status === 0) return [...way, ...mount];
    complaints.push(`${way.join(' ')}: ${error?.message ?? stderr.trim()}`);
  }
  throw new Error(`No file system can be mounted here, so a full disk cannot be tested. ${complaints.join('; ')}`);
}

const BLOCKS = [1024 * 1024, 4096];

/** Writes to `file` until nothing more fits; what others free later is taken by the next call. */
export function fillDisk(file: string): void {
  const handle = openSync(file, 'a');
  try {
    for (const size of BLOCKS) {
      const block = Buffer.alloc(size, 'x');
      while (fits(handle, block));
    }
  } finally {
    closeSync(handle);
  }
}

function fits(handle: number, block: Buffer): boolean {
  try {
    return writeSync(handle, block) === block.length;
  } catch (error) {
    if (hasCode(error, 'ENOSPC')) return false;
    throw error;
  }
}
