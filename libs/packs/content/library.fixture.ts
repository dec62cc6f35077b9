import {
  type ContentItem,
  type ContentPorts,
  createFile,
  createFolder,
  extensionOf,
  type FileVersion,
  nameKey,
  type Rendition,
  renditionOf,
  type Site,
  type SitePermissions,
  type SiteRole,
  type StoredFile,
  saveVersion,
} from '#content';
import { createMemorySearch } from '#content/memory';
import { sha256Hex } from '#kernel';
import type { DomainEvent } from '#tools';

/** A small library in memory, as one caller meets it: real line tables, real windows, no storage. For tests. */
export type Library = ContentPorts & {
  /** What has happened to a file or folder. */
  past(contentId: string): readonly DomainEvent[];
};

type Shelf = {
  readonly sites: readonly {
    readonly siteId: string;
    readonly name: string;
    readonly role: SiteRole;
    readonly readOnly?: true;
    readonly hidden?: true;
    readonly accepted?: false;
  }[];
  readonly folders: readonly ({ readonly at: string } & Placed)[];
  /** Texts of the versions, oldest first, each saved a day after the one before. Bytes are no text. */
  readonly files: readonly ({ readonly at: string; readonly versions: readonly (string | Uint8Array)[]; readonly tags?: readonly string[] } & Placed)[];
};
type Placed = { readonly contentId: string; readonly siteId: string; readonly parentId: string | null; readonly name: string };

export const DAY = 24 * 60 * 60 * 1000;

export const LEAVE = [
  '# Leave\n\nTwenty days.\n',
  '# Leave\n\nTwenty-five days.\nAsk early.\n',
  '# Leave\n\nTwenty-five days.\nAsk early.\nCarry over five.\n',
] as const;

/** HR is the caller's own, Legal is shared for viewing, Archive is read-only, and Vault may not be seen at all. */
const SHELF: Shelf = {
  sites: [
    { siteId: 'sit_archive', name: 'Archive', role: 'admin', readOnly: true },
    { siteId: 'sit_hr', name: 'HR', role: 'owner' },
    { siteId: 'sit_legal', name: 'Legal', role: 'viewer', accepted: false },
    { siteId: 'sit_vault', name: 'Vault', role: 'owner', hidden: true },
  ],
  folders: [{ contentId: 'con_policies', siteId: 'sit_hr', parentId: null, name: 'Policies', at: '2026-01-01T00:00:00.000Z' }],
  files: [
    {
      contentId: 'con_leave',
      siteId: 'sit_hr',
      parentId: 'con_policies',
      name: 'leave.md',
      versions: LEAVE,
      tags: ['hr', 'leave'],
      at: '2026-02-01T00:00:00.000Z',
    },
    {
      contentId: 'con_rates',
      siteId: 'sit_hr',
      parentId: null,
      name: 'Rates.csv',
      versions: ['country,rate\nCH,1\n'],
      tags: ['money'],
      at: '2026-03-01T00:00:00.000Z',
    },
    {
      contentId: 'con_photo',
      siteId: 'sit_hr',
      parentId: null,
      name: 'photo.png',
      versions: [Buffer.from([0x89, 0x50, 0x4e, 0x47, 0])],
      at: '2026-04-01T00:00:00.000Z',
    },
    { contentId: 'con_empty', siteId: 'sit_hr', parentId: null, name: 'empty.txt', versions: [''], at: '2026-05-01T00:00:00.000Z' },
    { contentId: 'con_deed', siteId: 'sit_legal', parentId: null, name: 'deed.md', versions: ['Signed.'], at: '2026-05-02T00:00:00.000Z' },
    { contentId: 'con_old', siteId: 'sit_archive', parentId: null, name: 'old.md', versions: ['Old.\n'], at: '2025-01-01T00:00:00.000Z' },
    { contentId: 'con_secret', siteId: 'sit_vault', parentId: null, name: 'secret.md', versions: ['Secret.\n'], at: '2026-01-01T00:00:00.000Z' },
  ],
};

/** The shelf above, and whatever a test puts beside it. */
export function library(more: Partial<Shelf> = {}): Library {
  const shelf: Shelf = {
    sites: [...SHELF.sites, ...(more.sites ?? [])],
    folders: [...SHELF.folders, ...(more.folders ?? [])],
    files: [...SHELF.files, ...(more.files ?? [])],
  };
  const renditions = new Map<string, Rendition>();
  const saved = new Map(shelf.files.map((file) => [file.contentId, file.versions.map((content) => store(renditions, file.name, bytesOf(content), null))]));
  return {
    reads: readsOf(shelf, saved, renditions),
    writes: writesTo(renditions),
    search: searchIn(shelf, saved, renditions),
    past: (contentId) => pastOf(shelf, saved, contentId),
  };
}

/** The versions of each file, oldest first. */
type Saved = ReadonlyMap<string, readonly StoredFile[]>;

function readsOf(shelf: Shelf, saved: Saved, renditions: ReadonlyMap<string, Rendition>): ContentPorts['reads'] {
  const all = itemsOf(shelf, saved);
  const sites = shelf.sites.filter(({ hidden }) => !hidden).map((site) => siteOf(site, all));
  const items = all.filter((item) => sites.some(({ siteId }) => siteId === item.siteId));
  return {
    listSites: async () => sites,
    findSite: async (siteId) => sites.find((site) => site.siteId === siteId) ?? null,
    findContent: async (contentId) => items.find((item) => item.contentId === contentId) ?? null,
    listChildren: async (siteId, parentId) => items.filter((item) => item.siteId === siteId && item.parentId === parentId),
    listVersions: async (contentId) => (items.some((item) => item.contentId === contentId) ? versionsOf(shelf, saved, contentId) : []),
    openRendition: async (_siteId, { artefact }) => renditions.get(artefact) ?? lost(artefact),
    urlOf: (id, at) => `https://deponent.test/${[id, ...Object.values(at ?? {})].join('/')}`,
  };
}

function searchIn(shelf: Shelf, saved: Saved, renditions: ReadonlyMap<string, Rendition>): ContentPorts['search'] {
  const readable = itemsOf(shelf, saved).filter(({ siteId }) => shelf.sites.some((site) => site.siteId === siteId && !site.hidden));
  return createMemorySearch(readable.map((item) => ({ item, rendition: renditions.get(item.file?.current.rendition?.artefact ?? '') ?? null })));
}

function writesTo(renditions: Map<string, Rendition>): ContentPorts['writes'] {
  return { storeFile: async (_siteId, { name, bytes, contentType }) => store(renditions, name, bytes, contentType), folderNameStream: nameStream };
}

function pastOf({ folders, files }: Shelf, saved: Saved, contentId: string): readonly DomainEvent[] {
  const folder = folders.find((each) => each.contentId === contentId);
  if (folder !== undefined) return createFolder(placeOf(folder), nameStream(folder.siteId, folder.parentId, folder.name)).events;
  const file = files.find((each) => each.contentId === contentId);
  const [original, ...later] = saved.get(contentId) ?? [];
  if (file === undefined || original === undefined) return [];
  return [...createFile(placeOf(file), original).events, ...later.flatMap((stored, index) => saveVersion({ contentId, version: index + 1 }, stored).events)];
}

/** Newest first. */
function versionsOf({ files }: Shelf, saved: Saved, contentId: string): FileVersion[] {
  const original = Date.parse(files.find((file) => file.contentId === contentId)?.at ?? '');
  return (saved.get(contentId) ?? []).map(({ blob: _blob, ...details }, version) => ({ ...details, version, createdAt: original + version * DAY })).reverse();
}

function placeOf({ contentId, siteId, parentId, name }: Placed): Placed {
  return { contentId, siteId, parentId, name };
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
}

const MEDIA_TYPES: Readonly<Record<string, string>> = { md: 'text/markdown', csv: 'text/csv', txt: 'text/plain', png: 'image/png' };

function store(renditions: Map<string, Rendition>, name: string, bytes: Uint8Array, contentType: string | null): StoredFile {
  const extension = extensionOf(name);
  const source = {
    blob: `blob_${sha256Hex(bytes)}`,
    size: bytes.length,
    sourceSha256: sha256Hex(bytes),
    extension,
    contentType: contentType ?? MEDIA_TYPES[extension] ?? 'application/octet-stream',
    declaredContentType: contentType,
  };
  if (Buffer.from(bytes).toString('latin1').startsWith('%PDF-'))
    return { ...source, extraction: 'pending', extractionReason: null, extractor: null, rendition: null };
  if (bytes.includes(0)) return { ...source, extraction: 'no_text', extractionReason: 'Text is not taken from images.', extractor: null, rendition: null };
  const rendition = renditionOf(Buffer.from(bytes).toString('utf8'));
  const artefact = `rendition_${source.sourceSha256}`;
  renditions.set(artefact, rendition);
  const ref = { artefact, sha256: sha256Hex(rendition.bytes), totalLines: rendition.lines.byteOffsets.length - 1 };
  return { ...source, extraction: 'ok', extractionReason: null, extractor: { name: 'text', version: '1' }, rendition: ref };
}

function itemsOf(shelf: Shelf, saved: Saved): ContentItem[] {
  const pathTo = (parentId: string | null): ContentItem['path'] => {
    const parent = shelf.folders.find(({ contentId }) => contentId === parentId);
    return parent === undefined ? [] : [...pathTo(parent.parentId), { contentId: parent.contentId, name: parent.name }];
  };
  const siteNameOf = (siteId: string) => shelf.sites.find((site) => site.siteId === siteId)?.name ?? '';
  const item = (placed: Placed & { readonly at: string }) => ({
    ...placeOf(placed),
    siteName: siteNameOf(placed.siteId),
    path: pathTo(placed.parentId),
    createdAt: Date.parse(placed.at),
  });
  return [
    ...shelf.folders.map((folder) => ({ ...item(folder), kind: 'folder' as const, tags: [], updatedAt: Date.parse(folder.at), file: null })),
    ...shelf.files.flatMap((file) => {
      const [current, ...earlier] = versionsOf(shelf, saved, file.contentId);
      if (current === undefined) return [];
      return [
        { ...item(file), kind: 'file' as const, tags: file.tags ?? [], updatedAt: current.createdAt, file: { current, versionCount: earlier.length + 1 } },
      ];
    }),
  ];
}

function siteOf({ siteId, name, role, readOnly, accepted }: Shelf['sites'][number], items: readonly ContentItem[]): Site {
  const inside = items.filter((item) => item.siteId === siteId);
  const files = inside.filter(({ kind }) => kind === 'file').length;
  return {
    siteId,
    name,
    role,
    relationship: role === 'owner' ? 'owner' : 'shared',
    accepted: accepted ?? true,
    readOnly: readOnly ?? false,
    tags: [],
    counts: { files, folders: inside.length - files },
    updatedAt: Math.max(0, ...inside.map(({ updatedAt }) => updatedAt)),
    permissions: permissionsOf(role),
  };
}

function permissionsOf(role: SiteRole): SitePermissions {
  const uploads = role !== 'viewer' && role !== 'downloader';
  const edits = uploads && role !== 'uploader';
  return { read: true, list: true, search: true, upload: uploads, createFolder: uploads, edit: edits, delete: edits };
}

function nameStream(siteId: string, parentId: string | null, name: string): string {
  return `content.folder_name-${sha256Hex(JSON.stringify([siteId, parentId, nameKey(name)])).slice(0, 16)}`;
}

function lost(artefact: string): never {
  throw new Error(`no rendition ${artefact}`);
}
