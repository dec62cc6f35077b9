import type { Decision } from '#tools';
import type { Outcome } from './extraction/outcome.ts';
import type { RenditionRef, StoredFile } from './ports.ts';
import { type FileEvent, type FileState, type FolderEvent, type SiteEvent, type VersionDetails, versionRow } from './streams.ts';

/** What the tools and the import decide alike. Pure: ids and stored artefacts come in, events and names go out. */

export function createSite(site: { readonly siteId: string; readonly name: string }): Decision<SiteEvent> {
  return { events: [{ type: 'SiteCreated', data: { siteId: site.siteId } }], names: [{ id: site.siteId, value: { name: site.name, tags: [] } }] };
}

export type NewItem = { readonly contentId: string; readonly siteId: string; readonly parentId: string | null; readonly name: string };

/** `nameStream`: of {@link ContentWrites.folderNameStream}; it makes the name unique among its siblings. */
export function createFolder({ name, ...place }: NewItem, nameStream: string): Decision<FolderEvent> {
  return { events: [{ type: 'FolderCreated', data: place }], reserve: [nameStream], names: [{ id: place.contentId, value: { name, tags: [] } }] };
}

/** A new file with its original, version 0. Two files of a folder may have one name. */
export function createFile({ name, ...place }: NewItem, stored: StoredFile): Decision<FileEvent> {
  const original = saveVersion({ contentId: place.contentId, version: 0 }, stored);
  return {
    events: [{ type: 'FileCreated', data: place }, ...original.events],
    names: [{ id: place.contentId, value: { name, tags: [] } }, ...(original.names ?? [])],
  };
}

export type VersionOfFile = { readonly contentId: string; readonly version: number };

export function saveVersion({ contentId, version }: VersionOfFile, stored: StoredFile): Decision<FileEvent> {
  const { size, blob, extraction, extractor, rendition, contentType, declaredContentType, extension, extractionReason, sourceSha256 } = stored;
  const renditionAt = rendition && { artefact: rendition.artefact, totalLines: rendition.totalLines };
  return {
    events: [{ type: 'FileSaved', data: { contentId, version, size, blob, extraction, extractor, rendition: renditionAt } }],
    names: [
      {
        id: versionRow(contentId, version),
        value: { contentType, declaredContentType, extension, extractionReason, sourceSha256, renditionSha256: rendition?.sha256 ?? null },
      },
    ],
  };
}

export type ReadVersion = { readonly outcome: Outcome; readonly rendition: RenditionRef | null };

/** What became of reading a version; `details` are those it was saved with. Nothing, where it does not wait to be read (any more). */
export function completeExtraction(
  { contentId, version }: VersionOfFile,
  file: FileState,
  details: VersionDetails,
  { outcome, rendition }: ReadVersion,
): Decision<FileEvent> {
  if (!file?.unread.includes(version)) return { events: [] };
  const { status: extraction, extractor, pages, characters } = outcome;
  const renditionAt = rendition && { artefact: rendition.artefact, totalLines: rendition.totalLines };
  const read = { contentType: outcome.contentType ?? details.contentType, extractionReason: outcome.reason, renditionSha256: rendition?.sha256 ?? null };
  return {
    events: [{ type: 'ExtractionCompleted', data: { contentId, version, extraction, extractor, rendition: renditionAt, pages, characters } }],
    names: [{ id: versionRow(contentId, version), value: { ...details, ...read } }],
  };
}
