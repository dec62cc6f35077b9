import { z } from 'zod';
import { type EventsOf, stream } from '#tools';
import { EXTRACTION_STATUSES, type ExtractionStatus } from './ports.ts';

/**
 * What happens to content. Events hold ids, numbers and addresses only. Whatever a person wrote, and whatever a short
 * text could be guessed by (its name, its content type, its plain digests), lies in vault rows of kind `name`: under
 * the site's or the item's id ({@link Name}) and, for a version, under {@link versionRow}
 * ({@link VersionDetails}). Addresses of artefacts are keyed hashes and tell nothing to those without the key.
 */
const siteId = z.string().regex(/^sit_[\w-]{1,64}$/);
const contentId = z.string().regex(/^con_[\w-]{1,64}$/);
const address = z.string().regex(/^[\w-]{1,128}$/);
const count = z.int().min(0);
const word = z.string().regex(/^[\w.-]{1,32}$/);

const siteEvents = { SiteCreated: z.strictObject({ siteId }) };
const folderEvents = { FolderCreated: z.strictObject({ contentId, siteId, parentId: contentId.nullable() }) };
const fileEvents = {
  FileCreated: z.strictObject({ contentId, siteId, parentId: contentId.nullable() }),
  /** A version: 0 is the original, and each next one is greater by one. */
  FileSaved: z.strictObject({
    contentId,
    version: count,
    /** Bytes as saved, and their address. */
    size: count,
    blob: address,
    extraction: z.enum(EXTRACTION_STATUSES),
    extractor: z.strictObject({ name: word, version: word }).nullable(),
    rendition: z.strictObject({ artefact: address, totalLines: count }).nullable(),
  }),
  /** A version that was saved as pending has been read, or given up: once for each. */
  ExtractionCompleted: z.strictObject({
    contentId,
    version: count,
    extraction: z.enum(EXTRACTION_STATUSES).exclude(['pending']),
    extractor: z.strictObject({ name: word, version: word }).nullable(),
    rendition: z.strictObject({ artefact: address, totalLines: count }).nullable(),
    /** Pages, slides or sheets, where the format has them; characters (UTF-16 units) of the text. */
    pages: count.nullable(),
    characters: count.nullable(),
  }),
};

export type SiteEvent = EventsOf<typeof siteEvents>;
export type FolderEvent = EventsOf<typeof folderEvents>;
export type FileEvent = EventsOf<typeof fileEvents>;

export type SiteState = { readonly siteId: string } | null;
export type FolderState = { readonly contentId: string; readonly siteId: string; readonly parentId: string | null } | null;
/** `current` is null only between the two events of a new file. */
export type FileState = {
  readonly contentId: string;
  readonly siteId: string;
  readonly parentId: string | null;
  readonly current: { readonly version: number; readonly size: number; readonly blob: string; readonly extraction: ExtractionStatus } | null;
  /** Versions that wait to be read. */
  readonly unread: readonly number[];
} | null;

export const siteStream = stream<SiteState, typeof siteEvents>({
  domain: 'content',
  noun: 'site',
  events: siteEvents,
  initial: null,
  evolve: (_, { data }) => data,
});

export const folderStream = stream<FolderState, typeof folderEvents>({
  domain: 'content',
  noun: 'folder',
  events: folderEvents,
  initial: null,
  evolve: (_, { data }) => data,
});

export const fileStream = stream<FileState, typeof fileEvents>({
  domain: 'content',
  noun: 'file',
  events: fileEvents,
  initial: null,
  evolve(file, event) {
    if (event.type === 'FileCreated') return { ...event.data, current: null, unread: [] };
    if (file === null) return null;
    const { version, extraction } = event.data;
    if (event.type === 'ExtractionCompleted') {
      const current = file.current?.version === version ? { ...file.current, extraction } : file.current;
      return { ...file, current, unread: file.unread.filter((each) => each !== version) };
    }
    const { size, blob } = event.data;
    const unread = extraction === 'pending' ? [...file.unread, version] : file.unread;
    return { ...file, current: { version, size, blob, extraction }, unread };
  },
});

/** Vault row of a site, folder or file. */
export const Name = z.strictObject({ name: z.string(), tags: z.array(z.string()) });
/** Vault row of a version. */
export const VersionDetails = z.strictObject({
  contentType: z.string(),
  /** What the sender said, where that was something. */
  declaredContentType: z.string().nullable().optional(),
  extension: z.string(),
  extractionReason: z.string().nullable(),
  sourceSha256: z.string(),
  renditionSha256: z.string().nullable(),
});

export type VersionDetails = z.infer<typeof VersionDetails>;

/** Id of the vault row that holds a version's {@link VersionDetails}. */
export function versionRow(contentId: string, version: number): string {
  return `${contentId}@${version}`;
}
