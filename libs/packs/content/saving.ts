import { type ContentItem, type ContentReads, type FileVersion, type NewItem, nameKey, nameProblem } from '#content';
import { fromBase64, isRefusal, type Refusal, refuse } from '#kernel';
import { invalidArgument } from '#tools';
import { contentNotFound } from './item.ts';
import type { Place } from './place.ts';

/** The file that a save is about, new or existing. */
export type Target = {
  readonly file: NewItem;
  /** First other file of this name in the folder, where the file is new. */
  readonly duplicateOf: string | null;
  /** The version there is, where the file exists. */
  readonly current: FileVersion | null;
  /** The original of the file that an earlier call with the same idempotency key made. */
  readonly repeats: FileVersion | null;
};

type Asked = {
  readonly siteId: string;
  readonly folderId?: string | null | undefined;
  readonly name?: string | undefined;
  readonly fileId?: string | undefined;
  readonly expectedVersion?: number | undefined;
};

export function decodeContent({ content, contentEncoding }: { readonly content: string; readonly contentEncoding: 'utf8' | 'base64' }): Buffer | Refusal {
  if (contentEncoding === 'utf8') return Buffer.from(content, 'utf8');
  return fromBase64(content) ?? invalidArgument('content', 'content is not base64 as RFC 4648 writes it, with padding and without line breaks.');
}

export function findTarget(reads: ContentReads, place: Place, asked: Asked, newContentId: string): Promise<Target | Refusal> {
  return asked.fileId === undefined ? newFile(reads, place, asked, newContentId) : existingFile(reads, asked, asked.fileId);
}

async function newFile(reads: ContentReads, { site, folder }: Place, { name, expectedVersion }: Asked, contentId: string): Promise<Target | Refusal> {
  if (expectedVersion !== undefined) return invalidArgument('expectedVersion', 'expectedVersion goes with fileId: a new file has no version yet.');
  if (name === undefined) return invalidArgument('name', 'name is required for a new file.');
  const problem = nameProblem(name);
  if (problem !== null) return invalidArgument('name', problem);

  const parentId = folder?.contentId ?? null;
  const file = { contentId, siteId: site.siteId, parentId, name };
  const repeats = await originalOf(reads, file);
  if (isRefusal(repeats)) return repeats;
  const siblings = await reads.listChildren(site.siteId, parentId);
  const namesakes = siblings.filter((item) => item.kind === 'file' && item.contentId !== contentId && nameKey(item.name) === nameKey(name));
  const first = namesakes.reduce<ContentItem | null>((oldest, item) => (oldest === null || item.createdAt < oldest.createdAt ? item : oldest), null);
  return { file, duplicateOf: first?.contentId ?? null, current: null, repeats };
}

/** What an earlier call under the same idempotency key made, which must be this very thing; null where there was none. */
async function originalOf(reads: ContentReads, file: NewItem): Promise<FileVersion | Refusal | null> {
  const earlier = await reads.findContent(file.contentId);
  if (earlier === null) return null;
  const same = earlier.siteId === file.siteId && earlier.parentId === file.parentId && earlier.name === file.name;
  if (!same) return refuse('conflict', 'This idempotencyKey was used to save another file.');
  return (await reads.listVersions(file.contentId)).at(-1) ?? null;
}

async function existingFile(reads: ContentReads, { siteId, folderId, name }: Asked, fileId: string): Promise<Target | Refusal> {
  const item = await reads.findContent(fileId);
  if (item === null || item.siteId !== siteId) return contentNotFound('fileId');
  if (item.file === null) return invalidArgument('fileId', 'fileId names a folder; it must be a file.');
  if (name !== undefined && nameKey(name) !== nameKey(item.name)) return invalidArgument('name', 'name is not the name of the file: saving does not rename.');
  if (folderId !== undefined && folderId !== null && folderId !== item.parentId)
    return invalidArgument('folderId', 'folderId is not where the file is: saving does not move.');
  const file = { contentId: fileId, siteId, parentId: item.parentId, name: item.name };
  return { file, duplicateOf: null, current: item.file.current, repeats: null };
}
