import { z } from 'zod';
import type { ContentItem, ContentPorts } from '#content';
import { LIMITS } from '#kernel';
import { readTool } from '#tools';

/** Several chunks may be of one file. */
const CHUNKS_FOR_EACH_FILE = 5;

/** In the form that OpenAI's connectors ask for: what `results` names by id, `fetch` gives. */
export default readTool({
  name: 'search',
  title: 'Search',
  description: 'Finds the files whose text is nearest to a query, best first, in all sites you may use. Gives ids, titles and pages, never text.',
  scope: 'mcp:read',
  confirmation: 'none',
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({ query: z.string().min(1).max(LIMITS.queryCharacters).describe('What the files should be about.') }),
  output: z.strictObject({
    results: z
      .array(
        z.strictObject({
          id: z.string().describe('Id of the file.'),
          title: z.string().describe('Its name.'),
          url: z.string().describe('Its page for a signed-in person.'),
        }),
      )
      .describe('Files, best first.'),
  }),

  async answer({ query }, { reads, search }: ContentPorts) {
    const { chunks } = await search.findChunks({ text: query, siteIds: null, passes: () => true, limit: LIMITS.searchResults * CHUNKS_FOR_EACH_FILE });
    const files = new Map<string, ContentItem>(chunks.map(({ item }) => [item.contentId, item]));
    const results = [...files.values()]
      .slice(0, LIMITS.searchResults)
      .map(({ contentId, name }) => ({ id: contentId, title: name, url: reads.urlOf(contentId) }));
    return { results };
  },
});
