import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = new URL('../vectors', import.meta.url).pathname;

/** Paths of all files below a folder of test/vectors, sorted. */
export function vectorFiles(folder: string, suffix = ''): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(suffix))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
    .sort();
}

export function vectorBytes(path: string): Buffer {
  return readFileSync(join(ROOT, path));
}

export function vectorText(path: string): string {
  return vectorBytes(path).toString('utf8');
}
