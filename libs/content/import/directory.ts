import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { LIMITS } from '#kernel';
import { nameProblem } from '../names.ts';
import { systemErrorCode } from '../system-error.ts';

/** Something an import leaves out, with its path below the folder and one sentence for the operator. */
export type Skipped = { readonly path: string; readonly reason: string };

export type Listing = {
  readonly folders: readonly string[];
  readonly files: readonly { readonly name: string; readonly size: number }[];
  readonly skipped: readonly Skipped[];
};

const NOTHING: Listing = { folders: [], files: [], skipped: [] };

/**
 * What an import takes of one directory, by name. `root` is a real path. Links are never followed: what lies inside
 * the folder is imported where it lies, and what lies outside was not asked for.
 */
export async function list(root: string, relative: string): Promise<Listing> {
  const directory = join(root, relative);
  try {
    if (!isInside(root, await realpath(directory))) return { ...NOTHING, skipped: [{ path: relative, reason: 'It leads out of the folder.' }] };
    const entries = await readdir(directory, { withFileTypes: true });
    const folders: string[] = [];
    const files: { name: string; size: number }[] = [];
    const skipped: Skipped[] = [];
    for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
      const { name } = entry;
      const reason = nameProblem(name) ?? kindProblem(entry);
      if (reason !== null) skipped.push({ path: join(relative, name), reason });
      else if (entry.isDirectory()) folders.push(name);
      else files.push({ name, size: await sizeOf(join(directory, name)) });
    }
    return { folders, files, skipped };
  } catch (error) {
    return { ...NOTHING, skipped: [{ path: relative, reason: unreadable(error) }] };
  }
}

/** A file's bytes, or why they are not taken. Never waits for a pipe, never follows a link put there meanwhile. */
export async function read(root: string, relative: string): Promise<Buffer | string> {
  try {
    const file = await open(join(root, relative), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    try {
      const status = await file.stat();
      if (!status.isFile()) return 'It is not a regular file.';
      if (status.size > LIMITS.importedFileBytes) return `It is larger than ${LIMITS.importedFileBytes} bytes.`;
      return await readUpTo(file, status.size);
    } finally {
      await file.close();
    }
  } catch (error) {
    return unreadable(error);
  }
}

/** A file that grows meanwhile is taken as it was. */
async function readUpTo(file: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.alloc(size);
  let filled = 0;
  for (let more = 1; filled < size && more > 0; filled += more) more = (await file.read(bytes, filled, size - filled, filled)).bytesRead;
  return bytes.subarray(0, filled);
}

type Kind = { isSymbolicLink(): boolean; isDirectory(): boolean; isFile(): boolean };

function kindProblem(entry: Kind): string | null {
  if (entry.isSymbolicLink()) return 'It is a link.';
  return entry.isDirectory() || entry.isFile() ? null : 'It is not a regular file.';
}

/** Real paths are compared with a separator: `/data-old` is not inside `/data` (CVE-2025-53110). */
function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

async function sizeOf(path: string): Promise<number> {
  return lstat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

function unreadable(error: unknown): string {
  return `It cannot be read (${systemErrorCode(error) ?? 'unknown error'}).`;
}
