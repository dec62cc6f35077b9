import { z } from 'zod';
import { type ContentPorts, createFile, EXTRACTION_STATUSES, fileStream, saveVersion } from '#content';
import { isRefusal, LIMITS, refuse } from '#kernel';
import { writeTool } from '#tools';
import { folderId, shortText, siteId } from './fields.ts';
import { contentNotFound } from './item.ts';
import { findWritablePlace } from './place.ts';
import { decodeContent, findTarget, previewSave, textOf } from './saving.ts';

const MEDIA_TYPE = /^[\w.+-]+\/[\w.+-]+(?: ?; ?[\w-]+=[\w.-]+)*$/;

export default writeTool({
  name: 'content_save_file',
  title: 'Save file',
  description:
    'Creates a file, or with fileId saves a new version of one; earlier versions stay. Identical content makes no new version. Nothing is renamed or moved. A file of the same name in the same folder is no error: duplicateOf names it.',
  scope: 'mcp:write',
  confirmation: 'none',
  hints: { readOnly: false, destructive: false, idempotent: false, openWorld: false },
  input: z.strictObject({
    siteId,
    folderId,
    name: z
      .string()
      .max(LIMITS.fileNameCharacters)
      .optional()
      .describe('Name with extension, such as minutes.md. Required for a new file; of an existing file it stays as it is.'),
    content: z.string().min(1).max(LIMITS.savedCharacters).describe('The whole content of the file.'),
    contentEncoding: z.enum(['utf8', 'base64']).default('utf8').describe('How content is written: as text, or base64 for other bytes.'),
    contentType: shortText.regex(MEDIA_TYPE, 'must be a media type such as text/markdown').optional().describe('Media type. Left out: by the extension.'),
    fileId: shortText.optional().describe('Id of the file of which this is a new version. Left out: a new file.'),
    expectedVersion: z.int().min(0).optional().describe('Save only if this is still the current version of fileId. Left out: the last save wins.'),
  }),
  output: z.strictObject({
    contentId: z.string().describe('Id of the file.'),
    siteId: z.string().describe('The site it is in.'),
    parentId: z.string().nullable().describe('The folder it is in; null at the top of the site.'),
    name: z.string().describe('Its name.'),
    version: z.int().describe('The version that holds this content; 0 is the original.'),
    created: z.boolean().describe('Whether this made a new file.'),
    unchanged: z.boolean().describe('Whether the file held exactly this already, so that nothing was saved.'),
    duplicateOf: z.string().nullable().describe('Id of the first other file of this name in the folder, for a new file.'),
    contentType: z.string().describe('Media type of that version.'),
    size: z.int().describe('Bytes of that version.'),
    extraction: z.enum(EXTRACTION_STATUSES).describe('Whether it has text to read: ok or partial; pending: not yet.'),
    url: z.string().describe('Its page for a signed-in person.'),
  }),

  async prepare(input, { reads, writes }: ContentPorts, _caller, newId) {
    const bytes = decodeContent(input);
    if (isRefusal(bytes)) return bytes;
    const place = await findWritablePlace(reads, input, 'upload');
    if (isRefusal(place)) return place;
    const target = await findTarget(reads, place, input, newId('content'));
    if (isRefusal(target)) return target;
    const stored = await writes.storeFile(input.siteId, { name: target.file.name, bytes, contentType: input.contentType ?? null });
    const original = target.repeats;
    if (original !== null && original.sourceSha256 !== stored.sourceSha256) return refuse('conflict', 'This idempotencyKey was used to save other content.');
    return { target, stored, url: reads.urlOf(target.file.contentId) };
  },

  on: (_, { target }) => ({ stream: fileStream, id: target.file.contentId }),

  decide({ fileId, expectedVersion }, file, { prepared: { target, stored } }) {
    if (fileId === undefined) return file === null ? createFile(target.file, stored) : { events: [] };
    if (file === null || file.current === null) return contentNotFound('fileId');
    const { version, blob } = file.current;
    if (blob === stored.blob) return { events: [] };
    if (expectedVersion === undefined || expectedVersion === version) return saveVersion({ contentId: fileId, version: version + 1 }, stored);
    return refuse('conflict', `The file is at version ${version}, not at expectedVersion ${expectedVersion}. Read it before you save again.`);
  },

  preview: (input, file, { target, stored }) => previewSave(target, file?.current?.version ?? null, stored, textOf(input)),

  result({ fileId }, file, { target, stored, url }, events) {
    const created = fileId === undefined;
    const unchanged = !created && events.length === 0;
    const { contentType, size, extraction } = (unchanged ? target.current : null) ?? stored;
    const version = created ? 0 : (file?.current?.version ?? 0);
    return { ...target.file, version, created, unchanged, duplicateOf: target.duplicateOf, contentType, size, extraction, url };
  },
});
