import { z } from 'zod';
import { type ContentPorts, type ContentReads, createFolder, folderStream, type NewItem, nameKey, nameProblem } from '#content';
import { isRefusal, LIMITS, type Refusal, refuse } from '#kernel';
import { invalidArgument, writeTool } from '#tools';
import { folderId, siteId } from './fields.ts';
import { Path, presentPath } from './item.ts';
import { findWritablePlace, placeName } from './place.ts';

export default writeTool({
  name: 'content_create_folder',
  title: 'Create folder',
  description: 'Creates a folder at the top of a site or in another folder. A name is taken once in each place, whatever its case.',
  scope: 'mcp:write',
  confirmation: 'none',
  hints: { readOnly: false, destructive: false, idempotent: false, openWorld: false },
  input: z.strictObject({
    siteId,
    folderId,
    name: z.string().max(LIMITS.fileNameCharacters).describe('Name of the new folder.'),
  }),
  output: z.strictObject({
    contentId: z.string().describe('Id of the new folder; other tools take it as folderId.'),
    siteId: z.string().describe('The site it is in.'),
    parentId: z.string().nullable().describe('The folder it is in; null at the top of the site.'),
    name: z.string().describe('Its name.'),
    path: Path,
    url: z.string().describe('Its page for a signed-in person.'),
  }),

  async prepare(input, { reads, writes }: ContentPorts, _caller, newId) {
    const contentId = newId('content');
    const problem = nameProblem(input.name);
    if (problem !== null) return invalidArgument('name', problem);
    const place = await findWritablePlace(reads, input, 'createFolder');
    if (isRefusal(place)) return place;
    const parent = place.folder;
    const path = parent === null ? [] : [...parent.path, { contentId: parent.contentId, name: parent.name }];
    if (path.length >= LIMITS.folderDepth) return invalidArgument('folderId', `Folders go ${LIMITS.folderDepth} deep, and this one is at the bottom.`);

    const folder = { contentId, siteId: input.siteId, parentId: parent?.contentId ?? null, name: input.name };
    const obstacle = await findObstacle(reads, folder);
    if (obstacle !== null) return obstacle;
    const nameStream = writes.folderNameStream(folder.siteId, folder.parentId, folder.name);
    return { folder, nameStream, place: placeName(place), path, url: reads.urlOf(contentId) };
  },

  on: (_, { folder }) => ({ stream: folderStream, id: folder.contentId }),

  decide: (_, existing, { prepared: { folder, nameStream } }) => (existing === null ? createFolder(folder, nameStream) : { events: [] }),

  preview: (_input, _state, { folder: { name }, place }) => ({
    summary: `Create the folder “${name}” in ${place}.`,
    changes: [
      { field: 'folder', from: null, to: name },
      { field: 'place', from: null, to: place },
    ],
    text: null,
  }),

  result: (_input, _state, { folder, path, url }) => ({ ...folder, path: presentPath(path), url }),
});

/** What stands in the way of a new folder; the folder itself, made by an earlier call with the same key, does not. */
async function findObstacle(reads: ContentReads, { contentId, siteId, parentId, name }: NewItem): Promise<Refusal | null> {
  const earlier = await reads.findContent(contentId);
  if (earlier !== null) {
    const same = earlier.siteId === siteId && earlier.parentId === parentId && earlier.name === name;
    return same ? null : refuse('conflict', 'This idempotencyKey was used to create another folder.');
  }
  const siblings = await reads.listChildren(siteId, parentId);
  const namesake = siblings.find((item) => item.kind === 'folder' && nameKey(item.name) === nameKey(name));
  return namesake === undefined ? null : refuse('conflict', `A folder with this name is here already: ${namesake.contentId}.`);
}
