import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Facts } from '#event-store';
import { LIMITS, newId, type Refusal, refuse, sha256Hex } from '#kernel';
import { createFile, saveVersion } from '../decisions.ts';
import { extract } from '../extraction.ts';
import { extensionOf } from '../names.ts';
import { slices } from '../slices.ts';
import { fileStream } from '../streams.ts';
import type { ItemAtRevision } from '../tree.ts';
import { storeExtracted } from '../writes.ts';
import { append, partOf } from './append.ts';
import { list, read } from './directory.ts';
import { ensureFolders } from './folders.ts';
import { distinct, type Import, type ImportPorts, type Place } from './job.ts';
import { createTally, type ImportProgress, type ImportReport } from './report.ts';

/** A file's part of the next append. */
type Saved = { readonly part: Facts; readonly path: string; readonly is: 'files' | 'versions' };

/**
 * Brings a directory of this machine into a site: folders, files, and new versions of files whose bytes have changed.
 * Files are recognised by their path, so importing again, also after a kill at any moment, goes on where it was.
 * Nothing of a directory makes an import fail: what cannot be taken is skipped and said. An outage of the event store
 * or of the artefacts ends it with their error.
 */
export async function importFolder(
  { directory, siteId }: { readonly directory: string; readonly siteId: string },
  ports: ImportPorts,
  progress: ImportProgress = () => {},
): Promise<ImportReport | Refusal> {
  const root = await realpath(directory).catch(() => null);
  if (root === null || !(await stat(root)).isDirectory()) return refuse('not_found', 'There is no such directory.');
  if ((await ports.reads.findSite(siteId)) === null) return refuse('not_found', 'There is no such site.');
  const tally = createTally(await countFiles(root), progress);
  const job: Import = { ...ports, root, siteId, tally };

  let saved: Saved[] = [];
  for await (const file of filesOf(job, { relative: '', folderId: null, depth: 0 })) {
    saved.push(file);
    if (saved.length < LIMITS.importedPerAppend) continue;
    await appendFiles(job, saved);
    saved = [];
  }
  await appendFiles(job, saved);
  return tally.report();
}

async function countFiles(root: string, relative = '', depth = 0): Promise<number> {
  const { files, folders } = await list(root, relative);
  let total = files.length;
  if (depth < LIMITS.folderDepth) for (const name of folders) total += await countFiles(root, join(relative, name), depth + 1);
  return total;
}

/** What there is to save in a directory and below it. Folders are created on the way, before what is in them. */
async function* filesOf(job: Import, place: Place): AsyncGenerator<Saved> {
  const listing = await list(job.root, place.relative);
  for (const skipped of listing.skipped) job.tally.skip(skipped);
  const present = await job.reads.listChildren(job.siteId, place.folderId);

  const known = new Map(present.filter(({ kind }) => kind === 'file').map((file) => [file.name, file]));
  for (const together of slices(
    distinct(job, place, listing.files, (name) => name.normalize('NFC')),
    LIMITS.importedTogether,
  )) {
    const saved = await Promise.all(together.map(({ name }) => saveFile(job, place, name.normalize('NFC'), join(place.relative, name), known)));
    for (const file of saved) if (file !== null) yield file;
  }

  const folders = await ensureFolders(job, place, listing.folders, present);
  for (const [name, folderId] of folders) yield* filesOf(job, { relative: join(place.relative, name), folderId, depth: place.depth + 1 });
}

/** Stores a file's artefacts and says what is to be appended; null where there is nothing to save. */
async function saveFile(job: Import, place: Place, name: string, path: string, known: ReadonlyMap<string, ItemAtRevision>): Promise<Saved | null> {
  job.tally.looked();
  const skip = (reason: string) => {
    job.tally.skip({ path, reason });
    return null;
  };
  const bytes = await read(job.root, path);
  if (typeof bytes === 'string') return skip(bytes);

  const before = known.get(name);
  if (before?.file?.current.sourceSha256 === sha256Hex(bytes)) {
    job.tally.count('unchanged');
    return null;
  }
  const extraction = extract(bytes, { extension: extensionOf(name), contentType: null });
  if (extraction.status === 'no_text') return skip(extraction.reason);
  if (before !== undefined && before.revision >= LIMITS.eventsPerStream) return skip('It has as many versions as a file can have.');

  const stored = await storeExtracted(job.artefacts, { name, bytes, contentType: null }, extraction);
  const contentId = before?.contentId ?? newId('content', job.random);
  const decision = before?.file
    ? saveVersion({ contentId, version: before.file.current.version + 1 }, stored)
    : createFile({ contentId, siteId: job.siteId, parentId: place.folderId, name }, stored);
  const part = partOf(fileStream, { id: contentId, revision: before?.revision ?? 0 }, decision, job);
  return { part, path, is: before ? 'versions' : 'files' };
}

/** All of them in one append; what someone else has saved meanwhile is left to them. */
async function appendFiles(job: Import, saved: readonly Saved[]): Promise<void> {
  let rest = saved;
  while (rest.length > 0) {
    const parts = rest.map(({ part }) => part);
    const conflict = await append(job.appender, job.organization, parts);
    if (conflict === null) break;
    const [lost, others] = partition(rest, ({ part }) => part.streams.some(({ stream }) => stream === conflict));
    for (const { path } of lost) job.tally.skip({ path, reason: 'It was saved by someone else at the same time.' });
    rest = others;
  }
  for (const { is } of rest) job.tally.count(is);
}

function partition<Item>(items: readonly Item[], test: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
