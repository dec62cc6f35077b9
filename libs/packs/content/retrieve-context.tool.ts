import { z } from 'zod';
import { type ContentPorts, packChunks, TOKEN_COUNTER } from '#content';
import { isRefusal, LIMITS } from '#kernel';
import { governedReadTool, nothingDelivered } from '#tools';
import { anyOf } from './fields.ts';
import { passes } from './filters.ts';
import { givePassages, PassageShape } from './passages.ts';
import { siteIds, sitesAsked } from './sites-asked.ts';
import { Tokens } from './windows.ts';

const { retrievedTokensLeast, contextTokensMost, contextChunks, queryCharacters } = LIMITS;

/** Repeated text and what exceeds a file's share make room for what comes after: so more is looked at than is given. */
const FOUND_FOR_EACH_GIVEN = 2;

export default governedReadTool({
  name: 'content_retrieve_context',
  title: 'Retrieve context',
  description:
    'Finds the passages nearest to a query in the text of all files you may read, and gives them with file, version, lines and page, as many as fit maxTokens. Ranked by words (lexical): use the words the text would use. What is delivered is recorded as evidence.',
  scope: 'mcp:read',
  confirmation: 'none',
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({
    query: z.string().min(1).max(queryCharacters).describe('What the passages should be about.'),
    siteIds,
    maxChunks: z.int().min(1).max(contextChunks).default(30).describe(`Most chunks to give, 1 to ${contextChunks}.`),
    maxTokens: z.int().min(retrievedTokensLeast).max(contextTokensMost).default(8_000).describe('Most tokens of text to give (o200k).'),
    mimeTypes: anyOf.optional().describe('Only in files of one of these media types.'),
  }),
  output: z.strictObject({
    query: z.string().describe('The query.'),
    method: z.enum(['lexical']).describe('How passages were ranked.'),
    chunks: z.array(PassageShape).describe('Files by their best passage, and the passages of a file by line.'),
    notIndexed: z.int().describe('Files of these sites that were not searched: not indexed yet, or without text.'),
    omitted: z.int().describe('Chunks near the query that did not fit maxTokens.'),
    truncated: z.boolean().describe('Whether any did not fit.'),
    tokens: Tokens,
  }),

  async answer({ query, siteIds, maxChunks, maxTokens, mimeTypes }, { reads, search }: ContentPorts) {
    const sites = await sitesAsked(reads, siteIds);
    if (isRefusal(sites)) return sites;
    const found = await search.findChunks({
      text: query,
      siteIds: sites,
      passes: (item) => passes(item, { mimeTypes }),
      limit: maxChunks * FOUND_FOR_EACH_GIVEN,
    });
    const packed = packChunks(found.chunks, { maxChunks, maxTokens });
    const used = packed.chunks.reduce((sum, { tokens }) => sum + tokens, 0);
    return { passages: await givePassages(reads, packed.chunks, maxTokens - used), omitted: packed.omitted, notIndexed: found.notIndexed };
  },

  testify: (_, { passages }) => (passages.length === 0 ? nothingDelivered : { kind: 'chunks', deliveries: passages.map(({ delivery }) => delivery) }),

  result: ({ query, maxTokens }, { passages, omitted, notIndexed }) => ({
    query,
    method: 'lexical' as const,
    chunks: passages.map(({ shown }) => shown),
    notIndexed,
    omitted,
    truncated: omitted > 0,
    tokens: { used: passages.reduce((sum, { shown }) => sum + shown.tokens, 0), budget: maxTokens, counter: TOKEN_COUNTER },
  }),
});
