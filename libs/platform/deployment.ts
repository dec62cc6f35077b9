import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { base32, deriveKey, type RandomBytes } from '#kernel';

/** One installation: the key under which all other keys rest, and the name its logs carry. */
export type Deployment = { readonly key: Buffer; readonly name: string };

const KEY_FILE = 'deployment.key';
const KEY_BYTES = 32;
const NAME_BYTES = 10;

/**
 * The deployment's key: given in the settings, or a file of the data directory (mode 0600) that is made on first start.
 * Whoever loses it loses every vault row; a backup without it is no backup.
 */
export function openDeployment(dataDirectory: string, givenKey: string | undefined, random: RandomBytes): Deployment {
  const key = givenKey === undefined ? keyFile(dataDirectory, random) : Buffer.from(givenKey, 'hex');
  return { key, name: base32(deriveKey(key, 'deployment name').subarray(0, NAME_BYTES)) };
}

function keyFile(dataDirectory: string, random: RandomBytes): Buffer {
  const path = join(dataDirectory, KEY_FILE);
  if (!existsSync(path)) writePrivateFile(path, Buffer.from(random(KEY_BYTES)).toString('hex'));
  return Buffer.from(readFileSync(path, 'utf8').trim(), 'hex');
}

/** A file only its owner may read: whole and on the disk when this returns, or not there at all. Replaces one that exists. */
export function writePrivateFile(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const unfinished = `${path}.unfinished`;
  const file = openSync(unfinished, 'w', 0o600);
  try {
    writeSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(unfinished, path);
}
