import { z } from 'zod';
import type { ContentPorts } from '#content';
import { readTool } from '#tools';
import { contentId } from './fields.ts';
import { contentNotFound, ItemShape, Path, presentItem } from './item.ts';

export default readTool({
  name: 'content_get_content_metadata',
  title: 'Get content metadata',
  description:
    'Shows one file or folder without its text: name, place, tags, type, size, versions, and whether and how text was extracted. totalLines helps to plan content_retrieve_file_content.',
  scope: 'mcp:read',
  confirmation: 'none',
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({ contentId }),
  output: ItemShape.extend({
    path: Path,
    totalLines: z.int().nullable().describe('Lines of text in the current version; null where it has none.'),
    extractionReason: z.string().nullable().describe('Why text is missing or incomplete.'),
    extractor: z
      .strictObject({ name: z.string().describe('Name of the extractor.'), version: z.string().describe('Version of the extractor.') })
      .nullable()
      .describe('What made the text; null where there is none.'),
  }),

  async answer({ contentId }, { reads }: ContentPorts) {
    const item = await reads.findContent(contentId);
    if (item === null) return contentNotFound();
    const current = item.file?.current;
    return {
      ...presentItem(item, reads),
      totalLines: current?.rendition?.totalLines ?? null,
      extractionReason: current?.extractionReason ?? null,
      extractor: current?.extractor ?? null,
    };
  },
});
