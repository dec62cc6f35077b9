import { mkdir, open, readFile, rename, rm, utimes } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { StoreUnavailable } from '#event-store';
import { type Clock, decrypt, deriveKey, encrypt, type RandomBytes } from '#kernel';
import { type ArtefactStore, addressOf } from './artefact-store.ts';
import { systemErrorCode } from './system-error.ts';

const ADDRESS = /^[0-9a-f]{64}$/;
const ORGANIZATION = /^org_[\w-]{1,64}$/;

export type FileArtefactsOptions = {
  /** `<data>/blobs`. An artefact lies at `<root>/<organisation>/ab/cdef…`. */
  readonly root: string;
  readonly organization: string;
  readonly blobKey: Uint8Array;
  readonly random: RandomBytes;
  readonly clock: Clock;
};

/** Artefacts as files of this machine, AES-256-GCM, each bound to its organisation and address. */
export function createFileArtefacts({ root, organization, blobKey, random, clock }: FileArtefactsOptions): ArtefactStore {
  if (!ORGANIZATION.test(organization)) throw new TypeError('an organisation id names the directory of its artefacts');
  const home = resolve(root, organization);
  const pathOf = (address: string) => join(home, address.slice(0, 2), address.slice(2));
  // Derived when needed: this store is made for every call, and most calls find what they need opened.
  const key = () => deriveKey(blobKey, 'encryption');
  const contextOf = (address: string) => `artefact:${organization}:${address}`;

  async function put(bytes: Uint8Array): Promise<string> {
    const address = addressOf(blobKey, bytes);
    const path = pathOf(address);
    if (!(await touch(path, clock()))) await write(path, encrypt(key(), contextOf(address), bytes, random), random);
    // Also where another writer has just put it there: it may not have got this far.
    await syncDirectory(dirname(path));
    return address;
  }

  async function get(address: string): Promise<Buffer | null> {
    if (!ADDRESS.test(address)) return null;
    const sealed = await readFile(pathOf(address)).catch(ifMissing(null));
    return sealed && decrypt(key(), contextOf(address), sealed);
  }

  return { put: (bytes) => put(bytes).catch(rethrowOutage), get: (address) => get(address).catch(rethrowOutage) };
}

/** Whether it is there. Makes it young again: what is about to be referred to must not be collected as unused. */
async function touch(path: string, now: number): Promise<boolean> {
  const seconds = now / 1000;
  return utimes(path, seconds, seconds).then(() => true, ifMissing(false));
}

/** The file appears under its name only when all its bytes are on disk. */
async function write(path: string, bytes: Uint8Array, random: RandomBytes): Promise<void> {
  await makeDirectory(dirname(path));
  const temporary = `${path}.${Buffer.from(random(8)).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A new directory is durable once its parent is; so are those above that were new as well. */
async function makeDirectory(path: string): Promise<void> {
  const outermostNew = await mkdir(path, { recursive: true, mode: 0o700 });
  if (outermostNew === undefined) return;
  for (let parent = dirname(path); parent.length >= dirname(outermostNew).length; parent = dirname(parent)) {
    await syncDirectory(parent);
    if (parent === dirname(parent)) return;
  }
}

async function syncDirectory(path: string): Promise<void> {
  // Windows has no handle on directories to sync; its renames are journalled.
  if (process.platform === 'win32') return;
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function ifMissing<Value>(value: Value): (error: unknown) => Value {
  return (error) => {
    if (systemErrorCode(error) === 'ENOENT') return value;
    throw error;
  };
}

/** What the disk refuses (full, read-only, broken, gone) is an outage, not a defect. */
function rethrowOutage(error: unknown): never {
  throw systemErrorCode(error) === null ? error : new StoreUnavailable('the artefacts cannot be reached now', 'none', { cause: error });
}
