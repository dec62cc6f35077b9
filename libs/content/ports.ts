/**
 * What the content tools may ask for. Every port is made for one caller and answers only about what that caller may
 * read: an id that may not be seen and an id that does not exist are the same `null` (promise 9: filter, then rank).
 */

export const SITE_ROLES = ['owner', 'admin', 'editor', 'uploader', 'downloader', 'viewer'] as const;
export type SiteRole = (typeof SITE_ROLES)[number];

export type SitePermissions = {
  readonly read: boolean;
  readonly list: boolean;
  readonly search: boolean;
  readonly upload: boolean;
  readonly createFolder: boolean;
  readonly edit: boolean;
  readonly delete: boolean;
};

export type Site = {
  readonly siteId: string;
  readonly name: string;
  readonly relationship: 'owner' | 'shared';
  readonly role: SiteRole;
  readonly accepted: boolean;
  readonly readOnly: boolean;
  readonly tags: readonly string[];
  readonly counts: { readonly files: number; readonly folders: number };
  /** Unix milliseconds, as every time in these ports. */
  readonly updatedAt: number;
  readonly permissions: SitePermissions;
};

export const EXTRACTION_STATUSES = ['pending', 'ok', 'partial', 'no_text', 'failed', 'refused'] as const;
export type ExtractionStatus = (typeof EXTRACTION_STATUSES)[number];

export type ContentItem = {
  readonly contentId: string;
  readonly kind: 'file' | 'folder';
  readonly siteId: string;
  readonly siteName: string;
  readonly parentId: string | null;
  readonly name: string;
  /** Ancestors, outermost first; the item itself is not among them. */
  readonly path: readonly { readonly contentId: string; readonly name: string }[];
  readonly tags: readonly string[];
  readonly createdAt: number;
  readonly updatedAt: number;
  /** The current version and how many there are; null for folders. */
  readonly file: { readonly current: FileVersion; readonly versionCount: number } | null;
};

/** A version of a file; nothing of it ever changes, except that a pending extraction ends. */
export type FileVersion = {
  /** 0 is the original. */
  readonly version: number;
  readonly createdAt: number;
  /** Bytes of the file as saved. */
  readonly size: number;
  readonly contentType: string;
  readonly extension: string;
  /** 64 hex digits. */
  readonly sourceSha256: string;
  readonly extraction: ExtractionStatus;
  readonly extractionReason: string | null;
  readonly extractor: { readonly name: string; readonly version: string } | null;
  /** The text made from the file; null unless `extraction` is ok or partial. */
  readonly rendition: RenditionRef | null;
};

export type RenditionRef = { readonly artefact: string; readonly sha256: string; readonly totalLines: number };

/** UTF-8 with LF line ends; immutable. `lines` has the byte offset and the tokens before each line. */
export type Rendition = { readonly bytes: Buffer; readonly lines: LineTable };

/** Prefix sums over lines 1 … n: entry i is the sum before line i + 1, so both arrays have n + 1 entries. */
export type LineTable = { readonly byteOffsets: Uint32Array; readonly tokenOffsets: Uint32Array };

export interface ContentReads {
  /** All sites the caller may list, by name, then id. */
  listSites(): Promise<readonly Site[]>;
  findSite(siteId: string): Promise<Site | null>;
  findContent(contentId: string): Promise<ContentItem | null>;
  /** Files and folders directly in a folder (`null`: at the top). Empty where the caller may not list. */
  listChildren(siteId: string, parentId: string | null): Promise<readonly ContentItem[]>;
  /** Newest first; empty for folders and for what may not be read. */
  listVersions(contentId: string): Promise<readonly FileVersion[]>;
  openRendition(siteId: string, rendition: RenditionRef): Promise<Rendition>;
  /** The page that shows a file (at a version and lines, where given) or a folder to a signed-in person. */
  urlOf(contentId: string, at?: { readonly version: number; readonly lineStart?: number; readonly lineEnd?: number }): string;
}

/** A file's bytes and the text made from them, stored as artefacts that an event can then refer to. */
export type StoredFile = Omit<FileVersion, 'version' | 'createdAt'> & {
  /** Address of the saved bytes. */
  readonly blob: string;
  /** What the sender said its type is; `contentType` is what its bytes are, where they tell. */
  readonly declaredContentType: string | null;
};

export interface ContentWrites {
  /**
   * Stores the bytes and their rendition, encrypted and content-addressed: durable on return, nothing refers to them yet.
   * Storing the same bytes again gives the same addresses.
   */
  storeFile(siteId: string, file: { readonly name: string; readonly bytes: Uint8Array; readonly contentType: string | null }): Promise<StoredFile>;
  /** The reserve stream that makes a name unique among the siblings of a folder: `content.folder_name-<keyed hash>`. */
  folderNameStream(siteId: string, parentId: string | null, name: string): string;
}

/**
 * Finding. As {@link ContentReads}, for one caller: what may not be read changes neither what is found, nor its order,
 * nor any number (promise 9). `sites`: all that the caller may read, or some of them.
 */
export interface ContentSearch {
  /**
   * The chunks of current versions that are nearest to the words of `text`, best first, as far as the index goes: it
   * follows what is saved within moments, and `notIndexed` says how many files it does not hold.
   */
  findChunks(query: ChunkQuery): Promise<FoundChunks>;
  /** Files and folders by name, best first: as they are now, what was saved a moment ago included. */
  findNamed(query: NameQuery): Promise<readonly ContentItem[]>;
  /** Files and folders, the latest change first. */
  listRecent(query: RecentQuery): Promise<readonly ContentItem[]>;
}

export type RecentQuery = { readonly siteIds: readonly string[] | null; readonly passes: (item: ContentItem) => boolean; readonly limit: number };

/**
 * `completion`: names that go on from what was typed, the last word unfinished. `full-text`: any of the words, in name,
 * path or tags. `hybrid`: both and, where that finds nothing, names with a slip of the pen.
 */
export const NAME_SEARCHES = ['hybrid', 'full-text', 'completion'] as const;
export type NameSearch = (typeof NAME_SEARCHES)[number];

export type NameQuery = {
  /** Empty: all that pass, the latest change first. */
  readonly text: string;
  readonly search: NameSearch;
  readonly siteIds: readonly string[] | null;
  readonly passes: (item: Named) => boolean;
  readonly limit: number;
};

/** What a file or folder is called. */
export type Named = Pick<ContentItem, 'contentId' | 'kind' | 'name' | 'tags' | 'updatedAt'> & {
  /** Names of the folders above it, outermost first. */
  readonly path: readonly string[];
  /** Null for folders. */
  readonly contentType: string | null;
  readonly extension: string | null;
};

export type ChunkQuery = {
  readonly text: string;
  readonly siteIds: readonly string[] | null;
  /** Only files that pass. */
  readonly passes: (item: ContentItem) => boolean;
  readonly limit: number;
};

export type FoundChunks = {
  readonly chunks: readonly FoundChunk[];
  /** Files of these sites whose current version is not in the index: not yet, or because there is no text of it. */
  readonly notIndexed: number;
};

/** Whole lines of a file's current version, or a part of one line that is too long. */
export type FoundChunk = {
  readonly item: ContentItem;
  readonly lineStart: number;
  readonly lineEnd: number;
  readonly byteStart: number;
  readonly byteEnd: number;
  readonly tokens: number;
  /** Line of the heading it stands under. */
  readonly headingLine: number | null;
  /** Which of the file's chunks, in order: neighbours differ by one. */
  readonly ordinal: number;
  /** Equal for equal texts. */
  readonly fingerprint: string;
};

export type ContentPorts = { readonly reads: ContentReads; readonly writes: ContentWrites; readonly search: ContentSearch };
