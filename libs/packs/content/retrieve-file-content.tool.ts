import { z } from 'zod';
import { type ContentPorts, TOKEN_COUNTER, takeWindow } from '#content';
import { isRefusal, LIMITS, sha256Hex } from '#kernel';
import { governedReadTool } from '#tools';
import { type DeliveredLines, deliveryOf, kindOf } from './delivery.ts';
import { fileId, instant } from './fields.ts';
import { openFile } from './reading.ts';
import { Lines, NextLines, PartialLine, Tokens } from './windows.ts';

const { retrievedTokensLeast, retrievedTokensMost } = LIMITS;

export default governedReadTool({
  name: 'content_retrieve_file_content',
  title: 'Retrieve file content',
  description:
    'Gives the text of a file, or of a range of its lines, at its current or an earlier version. Long text is cut at a line end to fit maxTokens: call again with nextLines as lines for the rest. What is delivered is recorded as evidence.',
  scope: 'mcp:read',
  confirmation: 'none',
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({
    contentId: fileId,
    version: z.int().min(0).optional().describe('Version to read; 0 is the original. Left out: the current one.'),
    versionAsOf: instant.optional().describe('Instead of version: the one that was current at this time.'),
    lines: Lines,
    maxTokens: z.int().min(retrievedTokensLeast).max(retrievedTokensMost).default(12_000).describe('Most tokens of text to give (o200k).'),
  }),
  output: z.strictObject({
    contentId: z.string().describe('Id of the file.'),
    siteId: z.string().describe('The site it is in.'),
    name: z.string().describe('Its name.'),
    version: z.int().describe('The version read; 0 is the original.'),
    current: z.boolean().describe('Whether that is the newest version.'),
    url: z.string().describe('Page that shows these lines to a signed-in person.'),
    text: z.string().describe('The lines, ending as in the file.'),
    lineStart: z.int().describe('First line given.'),
    lineEnd: z.int().describe('Last line given; lineStart - 1 when there is none.'),
    totalLines: z.int().describe('Lines in this version.'),
    truncated: z.boolean().describe('Whether something asked for did not fit.'),
    partialLine: PartialLine,
    nextLines: NextLines,
    tokens: Tokens,
    textSha256: z.string().describe('SHA-256 of text as UTF-8, 64 hex digits.'),
  }),

  async answer({ contentId, lines, maxTokens, ...version }, { reads }: ContentPorts) {
    const file = await openFile(reads, contentId, version);
    if (isRefusal(file)) return file;
    const window = takeWindow(file.rendition, { lines, maxTokens });
    if (isRefusal(window)) return window;
    return { file, window, text: window.text.toString('utf8'), textSha256: sha256Hex(window.text), url: pageOf(window, file, reads) };
  },

  testify: (_, delivered) => ({ kind: kindOf(delivered.window), deliveries: [deliveryOf(delivered)] }),

  result: ({ maxTokens }, { file, window, text, textSha256, url }) => ({
    contentId: file.item.contentId,
    siteId: file.item.siteId,
    name: file.item.name,
    version: file.version.version,
    current: file.current,
    url,
    text,
    lineStart: window.lineStart,
    lineEnd: window.lineEnd,
    totalLines: window.totalLines,
    truncated: window.truncated,
    partialLine: window.partialLine,
    nextLines: window.nextLines,
    tokens: { used: window.tokensUsed, budget: maxTokens, counter: TOKEN_COUNTER },
    textSha256,
  }),
});

function pageOf({ lineStart, lineEnd }: DeliveredLines['window'], { item, version }: DeliveredLines['file'], reads: ContentPorts['reads']): string {
  const lines = lineStart <= lineEnd ? { lineStart, lineEnd } : {};
  return reads.urlOf(item.contentId, { version: version.version, ...lines });
}
