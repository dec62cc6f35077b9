import { describe, expect, it } from '@jest/globals';
import { specification } from '#tools/spec';
import createFolder from './create-folder.tool.ts';
import { library } from './library.fixture.ts';

const shelf = library();
const folder = specification(createFolder).given(shelf);
const contracts = folder.when({ siteId: 'sit_hr', folderId: 'con_policies', name: 'Contracts' });

describe('content_create_folder', () => {
  it('creates a folder in a folder', async () => {
    await contracts.then({ type: 'FolderCreated', data: { contentId: 'con_new_1', siteId: 'sit_hr', parentId: 'con_policies' } });
    await contracts.thenAnswers({
      contentId: 'con_new_1',
      siteId: 'sit_hr',
      parentId: 'con_policies',
      name: 'Contracts',
      path: [{ contentId: 'con_policies', name: 'Policies' }],
      url: 'https://deponent.test/con_new_1',
    });
  });

  it('creates a folder at the top of a site', () =>
    folder.when({ siteId: 'sit_hr', name: 'Contracts' }).then({ type: 'FolderCreated', data: { contentId: 'con_new_1', siteId: 'sit_hr', parentId: null } }));

  it('tells whoever is asked what it would make, and where', () =>
    contracts.thenPreviews({
      summary: 'Create the folder “Contracts” in HR / Policies.',
      changes: [
        { field: 'folder', from: null, to: 'Contracts' },
        { field: 'place', from: null, to: 'HR / Policies' },
      ],
      text: null,
    }));

  it('reserves the name in that place, and keeps it apart from the events', () =>
    contracts.thenKeeps({
      reserve: [shelf.writes.folderNameStream('sit_hr', 'con_policies', 'CONTRACTS')],
      names: [{ id: 'con_new_1', value: { name: 'Contracts', tags: [] } }],
    }));

  it('refuses a name that is taken there, whatever its case, and gives the id of that folder', async () => {
    await folder.when({ siteId: 'sit_hr', name: 'policies' }).thenRefuses('conflict', 'con_policies');
    await folder
      .when({ siteId: 'sit_hr', folderId: 'con_policies', name: 'Policies' })
      .then({ type: 'FolderCreated', data: { contentId: 'con_new_1', siteId: 'sit_hr', parentId: 'con_policies' } });
    await folder
      .when({ siteId: 'sit_hr', name: 'Rates.csv' })
      .then({ type: 'FolderCreated', data: { contentId: 'con_new_1', siteId: 'sit_hr', parentId: null } });
  });

  it('happens once under one idempotency key', async () => {
    const made = library({
      folders: [{ contentId: 'con_new_1', siteId: 'sit_hr', parentId: 'con_policies', name: 'Contracts', at: '2026-06-01T00:00:00.000Z' }],
    });
    const repeat = specification(createFolder).given(made, ...made.past('con_new_1'));
    const args = { siteId: 'sit_hr', folderId: 'con_policies', name: 'Contracts', idempotencyKey: 'contracts-1' };
    await repeat.when(args).then();
    expect(await repeat.when(args).answer()).toEqual(await contracts.answer());
    await repeat.when({ ...args, name: 'Other' }).thenRefuses('conflict', 'idempotencyKey');
  });

  it('goes forty deep and no deeper', async () => {
    const at = '2026-06-01T00:00:00.000Z';
    const folders = Array.from({ length: 40 }, (_, index) => ({
      contentId: `con_${index + 1}`,
      siteId: 'sit_hr',
      parentId: index === 0 ? null : `con_${index}`,
      name: 'deeper',
      at,
    }));
    const deep = specification(createFolder).given(library({ folders }));
    await deep
      .when({ siteId: 'sit_hr', folderId: 'con_39', name: 'last' })
      .then({ type: 'FolderCreated', data: { contentId: 'con_new_1', siteId: 'sit_hr', parentId: 'con_39' } });
    await deep.when({ siteId: 'sit_hr', folderId: 'con_40', name: 'too deep' }).thenRefuses('invalid_params', '40 deep');
  });

  it('has its own error for each missing condition', async () => {
    await folder.when({ siteId: 'sit_vault', name: 'a' }).thenRefuses('not_found', 'siteId');
    await folder.when({ siteId: 'sit_archive', name: 'a' }).thenRefuses('read_only', 'site');
    await folder.when({ siteId: 'sit_legal', name: 'a' }).thenRefuses('permission_denied', 'viewer');
    await folder.when({ siteId: 'sit_hr', folderId: 'con_secret', name: 'a' }).thenRefuses('not_found', 'folderId');
    await folder.when({ siteId: 'sit_hr', folderId: 'con_deed', name: 'a' }).thenRefuses('not_found', 'folderId');
  });

  it.each([
    [{ name: 'a' }, 'siteId is required'],
    [{ siteId: 'sit_hr' }, 'name is required'],
    [{ siteId: 'sit_hr', name: '' }, 'name is required'],
    [{ siteId: 'sit_hr', name: '..' }, 'name'],
    [{ siteId: 'sit_hr', name: 'a/b' }, 'slashes'],
    [{ siteId: 'sit_hr', name: 'x'.repeat(501) }, 'name must be at most 500'],
    [{ siteId: 'sit_hr', folderId: 'con_rates', name: 'a' }, 'folderId names a file'],
    [{ siteId: 'sit_hr', name: 'a', parents: true }, 'no argument parents'],
  ])('names the argument: %#', (args, words) => folder.when(args).thenRefuses('invalid_params', words));
});
