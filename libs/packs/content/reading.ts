import type { ContentItem, ContentReads, FileVersion, Rendition } from '#content';
import { isRefusal, type Refusal, refuse, timestamp } from '#kernel';
import { invalidArgument } from '#tools';
import { contentNotFound } from './item.ts';

/** A version of a file with its text, and what a record needs to name it. */
export type OpenFile = {
  readonly item: ContentItem;
  readonly version: FileVersion;
  readonly current: boolean;
  readonly rendition: Rendition;
  readonly renditionSha256: string;
  /** Site, folders and name, as they are called now. */
  readonly path: string;
};

export type AskedVersion = { readonly version?: number | undefined; readonly versionAsOf?: string | undefined };

export async function openFile(reads: ContentReads, contentId: string, asked: AskedVersion): Promise<OpenFile | Refusal> {
  const item = await reads.findContent(contentId);
  if (item === null) return contentNotFound();
  if (item.file === null) return invalidArgument('contentId', 'contentId names a folder; only files can be read.');
  const version = await chooseVersion(reads, item.contentId, item.file.current, asked);
  if (isRefusal(version)) return version;
  return openVersion(reads, item, version);
}

export async function openVersion(reads: ContentReads, item: ContentItem, version: FileVersion): Promise<OpenFile | Refusal> {
  if (version.rendition === null) return withoutText(version);
  return {
    item,
    version,
    current: version.version === item.file?.current.version,
    rendition: await reads.openRendition(item.siteId, version.rendition),
    renditionSha256: version.rendition.sha256,
    path: [item.siteName, ...item.path.map(({ name }) => name), item.name].join('/'),
  };
}

/** By number, or the newest that existed at a time, or the current one (L-CI-6). */
async function chooseVersion(
  reads: ContentReads,
  contentId: string,
  current: FileVersion,
  { version, versionAsOf }: AskedVersion,
): Promise<FileVersion | Refusal> {
  if (version !== undefined && versionAsOf !== undefined) return invalidArgument('versionAsOf', 'Give version or versionAsOf, not both.');
  if (version === undefined && versionAsOf === undefined) return current;
  if (version === current.version) return current;

  const versions = await reads.listVersions(contentId);
  if (versionAsOf !== undefined) {
    const time = Date.parse(versionAsOf);
    return versions.find(({ createdAt }) => createdAt <= time) ?? noneYet(versions.at(-1) ?? current);
  }
  return versions.find((each) => each.version === version) ?? noSuchVersion(current.version);
}

function noSuchVersion(newest: number): Refusal {
  const message = newest === 0 ? 'version does not exist: the file has only version 0.' : `version does not exist: the file has versions 0 to ${newest}.`;
  return refuse('not_found', message, { issues: [{ path: 'version', message }] });
}

function noneYet(original: FileVersion): Refusal {
  const message = `versionAsOf is before the first version, which was saved at ${timestamp(original.createdAt)}.`;
  return refuse('not_found', message, { issues: [{ path: 'versionAsOf', message }] });
}

function withoutText({ extraction, extractionReason }: FileVersion): Refusal {
  if (extraction === 'pending') return refuse('not_ready', 'The text of this file is still being extracted. Try again shortly.', { retryAfterSeconds: 5 });
  return refuse('unsupported_media_type', `There is no text of this file. ${extractionReason ?? ''}`.trim());
}
