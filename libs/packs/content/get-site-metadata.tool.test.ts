import { describe, expect, it } from '@jest/globals';
import { specification } from '#tools/spec';
import getSiteMetadata from './get-site-metadata.tool.ts';
import { library } from './library.fixture.ts';

const site = specification(getSiteMetadata).given(library());

describe('content_get_site_metadata', () => {
  it('shows what the caller may do in the site', () =>
    site.when({ siteId: 'sit_legal' }).thenAnswers({
      siteId: 'sit_legal',
      name: 'Legal',
      relationship: 'shared',
      role: 'viewer',
      accepted: false,
      readOnly: false,
      tags: [],
      counts: { files: 1, folders: 0 },
      updatedAt: '2026-05-02T00:00:00.000Z',
      url: 'https://deponent.test/sit_legal',
      permissions: { read: true, list: true, search: true, upload: false, createFolder: false, edit: false, delete: false },
    }));

  it('says that a site is read-only', async () => {
    expect(await site.when({ siteId: 'sit_archive' }).answer()).toMatchObject({ readOnly: true });
  });

  it('does not tell a site that may not be seen from one that does not exist', async () => {
    await site.when({ siteId: 'sit_vault' }).thenRefuses('not_found', 'There is no site with this siteId that you may see.');
    await site.when({ siteId: 'sit_none' }).thenRefuses('not_found', 'There is no site with this siteId that you may see.');
    await site.when({ siteId: 'no id at all' }).thenRefuses('not_found');
  });

  it.each([
    [{}, 'siteId is required'],
    [{ siteId: '' }, 'siteId is required'],
    [{ siteId: 7 }, 'siteId must be a string'],
    [{ siteId: 'sit_hr', id: 1 }, 'no argument id'],
  ])('names the argument: %j', (args, words) => site.when(args).thenRefuses('invalid_params', words));
});
