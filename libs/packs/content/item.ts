import { z } from 'zod';
import { type ContentItem, type ContentReads, EXTRACTION_STATUSES } from '#content';
import { type Refusal, refuse, timestamp } from '#kernel';

/** A file or folder as lists and metadata show it: never with its text. What a folder has not is null. */

const Ancestor = z.strictObject({ contentId: z.string().describe('Id of the folder.'), name: z.string().describe('Name of the folder.') });

export const Path = z.array(Ancestor).describe('The folders above it, outermost first.');

const SUMMARY_STATES = ['none', 'pending', 'completed', 'failed', 'stale'] as const;

export const ItemShape = z.strictObject({
  contentId: z.string().describe('Id of the file or folder.'),
  kind: z.enum(['file', 'folder']).describe('What it is.'),
  name: z.string().describe('Its name.'),
  siteId: z.string().describe('The site it is in.'),
  parentId: z.string().nullable().describe('The folder it is in; null at the top of the site.'),
  path: Path.optional(),
  tags: z.array(z.string()).describe('Its tags.'),
  contentType: z.string().nullable().describe('Media type of the current version.'),
  extension: z.string().nullable().describe('Extension, lower case, without the dot.'),
  size: z.int().nullable().describe('Bytes of the current version.'),
  extraction: z.enum(EXTRACTION_STATUSES).nullable().describe('Whether the current version has text to read: ok or partial; pending: not yet.'),
  summary: z.enum(SUMMARY_STATES).nullable().describe('Whether there is a summary.'),
  version: z.int().nullable().describe('The current version; 0 is the original.'),
  versionCount: z.int().nullable().describe('How many versions there are.'),
  createdAt: z.string().describe('When it was created (RFC 3339, UTC).'),
  updatedAt: z.string().describe('Last change (RFC 3339, UTC).'),
  url: z.string().describe('Its page for a signed-in person.'),
});

export function presentItem({ file, ...item }: ContentItem, reads: Pick<ContentReads, 'urlOf'>): z.infer<typeof ItemShape> & { path: z.infer<typeof Path> } {
  return {
    contentId: item.contentId,
    kind: item.kind,
    name: item.name,
    siteId: item.siteId,
    parentId: item.parentId,
    path: presentPath(item.path),
    tags: [...item.tags],
    contentType: file?.current.contentType ?? null,
    extension: file?.current.extension ?? null,
    size: file?.current.size ?? null,
    extraction: file?.current.extraction ?? null,
    summary: file === null ? null : 'none',
    version: file?.current.version ?? null,
    versionCount: file?.versionCount ?? null,
    createdAt: timestamp(item.createdAt),
    updatedAt: timestamp(item.updatedAt),
    url: reads.urlOf(item.contentId),
  };
}

export function presentPath(path: ContentItem['path']): z.infer<typeof Path> {
  return path.map(({ contentId, name }) => ({ contentId, name }));
}

/** Said alike of content that does not exist and of content that this caller may not see. */
export function contentNotFound(argument: 'contentId' | 'folderId' | 'fileId' = 'contentId'): Refusal {
  return refuse('not_found', `There is no content with this ${argument} that you may see.`);
}
