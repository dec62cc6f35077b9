import { mkdir, mkdtemp, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beginningOf } from './process-identity.ts';
import { hasCode } from './system-error.ts';

export class DataDirectoryInUse extends Error {
  override readonly name = 'DataDirectoryInUse';

  readonly pid: number;

  constructor(directory: string, pid: number) {
    super(`the data directory ${directory} is in use by process ${pid}`);
    this.pid = pid;
  }
}

class DataDirectoryUnusable extends Error {
  override readonly name = 'DataDirectoryUnusable';
}

export type Claim = { release(): Promise<void> };

/**
 * Makes this process the only one of ours on `directory` (created with mode 0700 if absent) until it releases the claim or ends.
 * @throws DataDirectoryInUse naming the process that holds it; DataDirectoryUnusable where nothing can be written.
 *
 * The claim is the directory `process.claim` with one file named after its holder. It comes into being by a rename, which
 * succeeds only where there is none or an empty one; a holder that no longer runs is removed by its own name. So of two
 * processes that find the same dead holder one wins, and neither can remove the claim of the other. A holder is a pid and
 * its beginning: it is dead after kill -9, and also when another process has been given its pid since.
 * Processes in different pid namespaces on one directory do not see each other.
 */
export async function claimDataDirectory(directory: string): Promise<Claim> {
  const place = join(directory, 'process.claim');
  const holder = `${process.pid}-${await beginningOf(process.pid)}`;
  const offer = await makeOffer(directory, holder);
  try {
    while (!(await placed(offer, place))) await removeDeadHolder(directory, place);
  } catch (error) {
    await rm(offer, { recursive: true, force: true });
    throw error;
  }
  return { release: () => release(place, holder) };
}

async function makeOffer(directory: string, holder: string): Promise<string> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const offer = await mkdtemp(join(directory, '.claim-'));
    await writeFile(join(offer, holder), '');
    return offer;
  } catch (cause) {
    throw new DataDirectoryUnusable(`the data directory ${directory} cannot be used: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

async function placed(offer: string, place: string): Promise<boolean> {
  try {
    await rename(offer, place);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOTEMPTY', 'EEXIST')) return false;
    throw error;
  }
}

async function removeDeadHolder(directory: string, place: string): Promise<void> {
  for (const name of await namesIn(place)) {
    const [, pid, beginning] = /^(\d+)-(.*)$/.exec(name) ?? [];
    if (pid !== undefined && (await beginningOf(Number(pid))) === beginning) throw new DataDirectoryInUse(directory, Number(pid));
    await rm(join(place, name), { force: true });
  }
}

async function namesIn(place: string): Promise<string[]> {
  try {
    return await readdir(place);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

async function release(place: string, holder: string): Promise<void> {
  await rm(join(place, holder), { force: true });
  // Gone already, or claimed by the next one in the meantime: both are fine.
  await rmdir(place).catch(() => undefined);
}
