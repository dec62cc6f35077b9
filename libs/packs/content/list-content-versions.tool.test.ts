import { describe, expect, it } from '@jest/globals';
import { specification } from '#tools/spec';
import { LEAVE, library } from './library.fixture.ts';
import listContentVersions from './list-content-versions.tool.ts';

const versions = specification(listContentVersions).given(library());

const leave = (version: number) => ({
  version,
  current: version === 2,
  createdAt: `2026-02-0${version + 1}T00:00:00.000Z`,
  size: Buffer.byteLength(LEAVE[version as 0 | 1 | 2]),
  contentType: 'text/markdown',
  extension: 'md',
  extraction: 'ok',
  totalLines: version + 3,
});

describe('content_list_content_versions', () => {
  it('lists versions newest first, down to 0, the original', () =>
    versions
      .when({ contentId: 'con_leave' })
      .thenAnswers({ contentId: 'con_leave', siteId: 'sit_hr', name: 'leave.md', items: [leave(2), leave(1), leave(0)], nextCursor: null }));

  it('turns pages', async () => {
    expect(await versions.when({ contentId: 'con_leave', limit: 2 }).answer()).toMatchObject({ items: [leave(2), leave(1)], nextCursor: '2' });
    expect(await versions.when({ contentId: 'con_leave', limit: 2, cursor: '2' }).answer()).toMatchObject({ items: [leave(0)], nextCursor: null });
  });

  it('shows null for the lines of a version without text', async () => {
    expect(await versions.when({ contentId: 'con_photo' }).answer()).toMatchObject({ items: [{ version: 0, extraction: 'no_text', totalLines: null }] });
  });

  it('refuses folders, what may not be seen, and a missing argument', async () => {
    await versions.when({ contentId: 'con_policies' }).thenRefuses('invalid_params', 'contentId names a folder');
    await versions.when({ contentId: 'con_secret' }).thenRefuses('not_found');
    await versions.when({}).thenRefuses('invalid_params', 'contentId is required');
    await versions.when({ contentId: 'con_leave', limit: 201 }).thenRefuses('invalid_params', 'limit must be at most 200');
  });
});
