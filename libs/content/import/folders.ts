import { join } from 'node:path';
import { LIMITS, newId } from '#kernel';
import { createFolder } from '../decisions.ts';
import { nameKey } from '../names.ts';
import { folderStream } from '../streams.ts';
import type { ItemAtRevision } from '../tree.ts';
import { append, partOf } from './append.ts';
import { distinct, type Import, type Place } from './job.ts';

/**
 * The folder of each directory, created where it is missing. When someone else creates one at the same time, it is
 * found on the next look.
 */
export async function ensureFolders(
  job: Import,
  place: Place,
  directories: readonly string[],
  present: readonly ItemAtRevision[],
): Promise<ReadonlyMap<string, string>> {
  const skip = (name: string, reason: string) => job.tally.skip({ path: join(place.relative, name), reason });
  const entries = directories.map((name) => ({ name }));
  const names = distinct(job, place, entries, nameKey).map(({ name }) => name);
  if (place.depth >= LIMITS.folderDepth) {
    for (const name of names) skip(name, `Folders are at most ${LIMITS.folderDepth} deep.`);
    return new Map();
  }

  let known = foldersByKey(present);
  for (let attempt = 0; attempt < LIMITS.decisionAttempts; attempt++) {
    const missing = names.filter((name) => !known.has(nameKey(name)));
    if (missing.length === 0) break;
    await createFolders(job, place, missing);
    known = foldersByKey(await job.reads.listChildren(job.siteId, place.folderId));
  }

  const folders = new Map<string, string>();
  for (const name of names) {
    const folderId = known.get(nameKey(name));
    if (folderId === undefined) skip(name, 'Its folder was being created by someone else.');
    else folders.set(name, folderId);
  }
  return folders;
}

/** As far as nobody else takes a name. */
async function createFolders(job: Import, place: Place, names: readonly string[]): Promise<void> {
  for (let from = 0; from < names.length; from += LIMITS.importedPerAppend) {
    const parts = names.slice(from, from + LIMITS.importedPerAppend).map((given) => {
      const name = given.normalize('NFC');
      const contentId = newId('content', job.random);
      const nameStream = job.writes.folderNameStream(job.siteId, place.folderId, name);
      const decision = createFolder({ contentId, siteId: job.siteId, parentId: place.folderId, name }, nameStream);
      return partOf(folderStream, { id: contentId, revision: 0 }, decision, job);
    });
    if ((await append(job.appender, job.organization, parts)) !== null) return;
    job.tally.count('folders', parts.length);
  }
}

function foldersByKey(items: readonly ItemAtRevision[]): ReadonlyMap<string, string> {
  return new Map(items.filter(({ kind }) => kind === 'folder').map(({ name, contentId }) => [nameKey(name), contentId]));
}
