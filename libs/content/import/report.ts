import { LIMITS } from '#kernel';
import type { Skipped } from './directory.ts';

/** How far an import is: files looked at, files there are, and what was left out. */
export type ImportProgress = (progress: { readonly done: number; readonly total: number; readonly skipped: number }) => void;

export type ImportReport = {
  readonly folders: number;
  /** New files, new versions of files that had changed, files that had not. */
  readonly files: number;
  readonly versions: number;
  readonly unchanged: number;
  readonly skipped: { readonly count: number; readonly named: readonly Skipped[] };
};

export type Tally = {
  count(what: 'folders' | 'files' | 'versions' | 'unchanged', by?: number): void;
  skip(skipped: Skipped): void;
  looked(): void;
  report(): ImportReport;
};

export function createTally(total: number, progress: ImportProgress): Tally {
  const counts = { folders: 0, files: 0, versions: 0, unchanged: 0 };
  const named: Skipped[] = [];
  let done = 0;
  let skipped = 0;
  return {
    count(what, by = 1) {
      counts[what] += by;
    },
    skip({ path, reason }) {
      skipped += 1;
      // Names of others' files go to a terminal: without what would command it.
      if (named.length < LIMITS.importSkipsNamed) named.push({ path: path.replaceAll(/\p{Cc}/gu, '\uFFFD'), reason });
    },
    looked() {
      done += 1;
      // A file that came after the count is one more.
      progress({ done, total: Math.max(done, total), skipped });
    },
    report: () => ({ ...counts, skipped: { count: skipped, named } }),
  };
}
