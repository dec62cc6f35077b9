import { z } from 'zod';
import { type ContentPorts, EXTRACTION_STATUSES } from '#content';
import { timestamp } from '#kernel';
import { invalidArgument, readTool } from '#tools';
import { contentId } from './fields.ts';
import { contentNotFound } from './item.ts';
import { cursor, limit, nextCursor, pageOf } from './paging.ts';

const Version = z.strictObject({
  version: z.int().describe('Its number; 0 is the original.'),
  current: z.boolean().describe('Whether it is the newest.'),
  createdAt: z.string().describe('When it was saved (RFC 3339, UTC).'),
  size: z.int().describe('Bytes as saved.'),
  contentType: z.string().describe('Media type.'),
  extension: z.string().describe('Extension, lower case, without the dot.'),
  extraction: z.enum(EXTRACTION_STATUSES).describe('Whether it has text to read: ok or partial; pending: not yet.'),
  totalLines: z.int().nullable().describe('Lines of its text; null where it has none.'),
});

export default readTool({
  name: 'content_list_content_versions',
  title: 'List versions of a file',
  description: 'Lists the versions of a file, newest first, without text. Versions never change; read one with content_retrieve_file_content and its number.',
  scope: 'mcp:read',
  confirmation: 'none',
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({ contentId, cursor, limit: limit(100) }),
  output: z.strictObject({
    contentId: z.string().describe('Id of the file.'),
    siteId: z.string().describe('The site it is in.'),
    name: z.string().describe('Its name.'),
    items: z.array(Version).describe('Versions, newest first.'),
    nextCursor,
  }),

  async answer({ contentId, ...asked }, { reads }: ContentPorts) {
    const item = await reads.findContent(contentId);
    if (item === null) return contentNotFound();
    if (item.file === null) return invalidArgument('contentId', 'contentId names a folder; only files have versions.');
    const newest = item.file.current.version;
    const page = pageOf(await reads.listVersions(contentId), asked);
    const items = page.items.map(({ version, createdAt, size, contentType, extension, extraction, rendition }) => ({
      version,
      current: version === newest,
      createdAt: timestamp(createdAt),
      size,
      contentType,
      extension,
      extraction,
      totalLines: rendition?.totalLines ?? null,
    }));
    return { contentId, siteId: item.siteId, name: item.name, items, nextCursor: page.nextCursor };
  },
});
