import { isUtf8 } from 'node:buffer';
import { type ContentItem, type ContentReads, type FileVersion, type NewItem, nameKey, nameProblem, type StoredFile } from '#content';
import { fromBase64, isRefusal, type Refusal, refuse } from '#kernel';
import { invalidArgument, type Preview } from '#tools';
import { contentNotFound } from './item.ts';
import { type Place, placeName } from './place.ts';

/** The file that a save is about, new or existing. */
export type Target = {
  readonly file: NewItem;
  /** Where it is or will be, as a person finds it. */
  readonly place: string;
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

async function newFile(reads: ContentReads, place: Place, { name, expectedVersion }: Asked, contentId: string): Promise<Target | Refusal> {
  if (expectedVersion !== undefined) return invalidArgument('expectedVersion', 'expectedVersion goes with fileId: a new file has no version yet.');
  if (name === undefined) return invalidArgument('name', 'name is required for a new file.');
  const problem = nameProblem(name);
  if (problem !== null) return invalidArgument('name', problem);

  const { site, folder } = place;
  const parentId = folder?.contentId ?? null;
  const file = { contentId, siteId: site.siteId, parentId, name };
  const repeats = await originalOf(reads, file);
  if (isRefusal(repeats)) return repeats;
  const siblings = await reads.listChildren(site.siteId, parentId);
  const namesakes = siblings.filter((item) => item.kind === 'file' && item.contentId !== contentId && nameKey(item.name) === nameKey(name));
  const first = namesakes.reduce<ContentItem | null>((oldest, item) => (oldest === null || item.createdAt < oldest.createdAt ? item : oldest), null);
  return { file, place: placeName(place), duplicateOf: first?.contentId ?? null, current: null, repeats };
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
  const place = [item.siteName, ...item.path.map(({ name: folder }) => folder)].join(' / ');
  return { file, place, duplicateOf: null, current: item.file.current, repeats: null };
}

/** What is written as text, however it is encoded: base64 hides nothing from the person who is asked. Null: other bytes. */
export function textOf(input: { readonly content: string; readonly contentEncoding: 'utf8' | 'base64' }): string | null {
  const bytes = decodeContent(input);
  return !isRefusal(bytes) && isUtf8(bytes) && !bytes.includes(0) ? bytes.toString('utf8') : null;
}

/** What saving would change: `version` is the one there is, null for a new file. */
export function previewSave({ file, place, duplicateOf, current }: Target, version: number | null, stored: StoredFile, text: string | null): Preview {
  const unseen = text === null ? ' Its content is not text and cannot be shown.' : '';
  const contents = [
    { field: 'size', from: current?.size ?? null, to: stored.size },
    { field: 'contentType', from: current?.contentType ?? null, to: stored.contentType },
    { field: 'sourceSha256', from: current?.sourceSha256 ?? null, to: stored.sourceSha256 },
  ].filter(({ from, to }) => from !== to);
  if (version !== null) {
    const summary = `Save version ${version + 1} of “${file.name}” in ${place}.${unseen}`;
    return { summary, changes: [{ field: 'version', from: version, to: version + 1 }, ...contents], text };
  }
  const beside = duplicateOf === null ? '' : ' A file of this name is there already; it stays as it is.';
  const made = [
    { field: 'file', from: null, to: file.name },
    { field: 'place', from: null, to: place },
    { field: 'version', from: null, to: 0 },
  ];
  return { summary: `Create the file “${file.name}” in ${place}.${beside}${unseen}`, changes: [...made, ...contents], text };
}
