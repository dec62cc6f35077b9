import { join } from 'node:path';
import type { EventAppender } from '#event-store';
import type { Clock, RandomBytes } from '#kernel';
import type { ArtefactStore } from '../artefact-store.ts';
import type { ContentWrites } from '../ports.ts';
import type { ContentTreeReads } from '../tree.ts';
import type { Tally } from './report.ts';

export type ImportPorts = {
  readonly organization: string;
  readonly vaultKey: Uint8Array;
  /** Of someone who may list the whole site. */
  readonly reads: ContentTreeReads;
  readonly writes: Pick<ContentWrites, 'folderNameStream'>;
  readonly artefacts: ArtefactStore;
  readonly appender: EventAppender;
  readonly clock: Clock;
  readonly random: RandomBytes;
};

/** One import under way. `root` is a real path. */
export type Import = ImportPorts & { readonly root: string; readonly siteId: string; readonly tally: Tally };

/** A directory below the root, and the folder it is imported into; null: the top of the site. */
export type Place = { readonly relative: string; readonly folderId: string | null; readonly depth: number };

/** The names that are names of their own here; of two that are one name, the first is taken. */
export function distinct<Entry extends { readonly name: string }>(
  job: Import,
  place: Place,
  entries: readonly Entry[],
  keyOf: (name: string) => string,
): Entry[] {
  const seen = new Set<string>();
  return entries.filter(({ name }) => {
    const isNew = !seen.has(keyOf(name));
    if (!isNew) job.tally.skip({ path: join(place.relative, name), reason: 'Its name is the same as that of another one here.' });
    seen.add(keyOf(name));
    return isNew;
  });
}
