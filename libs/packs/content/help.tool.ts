import { z } from 'zod';
import { readTool } from '#tools';

const text = `Deponent gives you an organisation's files and keeps evidence of what you were given.

FIND YOUR WAY
content_list_sites shows the sites you may use. content_list_content shows the top of a site; with a folderId, the inside of a folder. content_get_content_metadata tells how many lines a file has and whether it has text.

SEARCH
content_retrieve_context gives the passages nearest to your words, from all files you may use, within maxTokens; notIndexed counts files it could not search. search names such files without text.

READ
content_retrieve_file_content gives text. Lines are counted from 1. Ask for the lines you need: lines {"start":120,"end":180}. Text is cut at a line end when it exceeds maxTokens (500 to 32000, usually 12000): then truncated is true. Call again with lines set to nextLines, just as it is, until nextLines is null; you then have every line exactly once. Versions count from 0, the original; version or versionAsOf reads an earlier one.

ONE TASK, ONE CORRELATION ID
Choose an id for each task, such as "review-2026-114", and send it as correlationId with every reading call. All evidence of the task then forms one group, which people can find, export and verify. Without an id, or a session of your client, each call stands alone. Every result names its record in _meta "deponent/call".

PAGE AND NARROW
Lists give nextCursor: send it as cursor until it is null. limit is 1 to 200. Prefer startsWith, tags, mimeTypes and updatedSince over reading many pages, and one site over all.

WRITE
content_save_file creates a file, or with fileId saves a new version; send expectedVersion to be told when somebody else saved first. content_create_folder creates a folder. Send an idempotencyKey, and repeat it when you repeat a call whose answer was lost. Nothing here deletes, renames or moves.
After confirmation_required tell the user what would change. Repeat the call, otherwise unchanged, with confirmationToken if they want it; where a url is given, they first allow it there.

WHEN IT FAILS
Errors have a code, a message that names the argument, and a traceId to quote to an administrator. not_found also means that you may not see it. After rate_limited or unavailable wait retryAfterSeconds.

ACCESS KEYS
Use a key with no more scopes than you need (mcp:read, mcp:write), let it expire, rotate it, and have it revoked when it is no longer used.`;

export default readTool({
  name: 'content_help',
  title: 'Help',
  description: 'Explains how to find, read and save content: paging, token budgets, versions, correlation ids, errors. Read it once before the first task.',
  scope: 'mcp:read',
  confirmation: 'none',
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({}),
  output: z.strictObject({ text: z.string().describe('The guide.') }),

  async answer() {
    return { text };
  },
});
