import { describe, expect, it } from '@jest/globals';
import { specification } from '#tools/spec';
import { library } from './library.fixture.ts';
import listRecent from './list-recent-content.tool.ts';

const recent = specification(listRecent).given(library());
const list = async (args: Record<string, unknown>) => {
  const { items } = (await recent.when(args).answer()) as { items: { name: string }[] };
  return items.map(({ name }) => name);
};

describe('content_list_recent_content', () => {
  it('lists files and folders of all sites the caller may see, the latest change first', async () => {
    expect(await list({})).toEqual(['deed.md', 'empty.txt', 'photo.png', 'Rates.csv', 'leave.md', 'Policies', 'old.md']);
  });

  it('shows each entry as metadata does, never with text', async () => {
    const { items } = (await recent.when({ tags: ['leave'] }).answer()) as { items: Record<string, unknown>[] };
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ contentId: 'con_leave', siteId: 'sit_hr', version: 2, versionCount: 3, updatedAt: '2026-02-03T00:00:00.000Z' });
    expect(JSON.stringify(items)).not.toContain('Twenty-five');
  });

  it.each([
    ['some sites', { siteIds: ['sit_legal', 'sit_archive'] }, ['deed.md', 'old.md']],
    ['folders', { kind: 'folder' }, ['Policies']],
    ['files', { kind: 'file', siteIds: ['sit_hr'] }, ['empty.txt', 'photo.png', 'Rates.csv', 'leave.md']],
    ['media types; folders stay', { mimeTypes: ['text/csv'], siteIds: ['sit_hr'] }, ['Rates.csv', 'Policies']],
    ['media types of files', { mimeTypes: ['text/csv'], kind: 'file' }, ['Rates.csv']],
    ['what changed after a time', { updatedSince: '2026-05-01T00:00:00Z' }, ['deed.md']],
    ['any of several tags', { tags: ['money', 'hr'] }, ['Rates.csv', 'leave.md']],
  ])('narrows to %s', async (_, args, names) => {
    expect(await list(args)).toEqual(names);
  });

  it('turns pages', async () => {
    expect(await recent.when({ limit: 2 }).answer()).toMatchObject({ nextCursor: '2' });
    expect(await list({ limit: 2, cursor: '2' })).toEqual(['photo.png', 'Rates.csv']);
    expect(await recent.when({ limit: 2, cursor: '4' }).answer()).toMatchObject({ items: [{ name: 'old.md' }], nextCursor: null });
  });

  it('does not tell what may not be seen from what does not exist', async () => {
    await recent.when({ siteIds: ['sit_vault'] }).thenRefuses('not_found', 'siteId');
    await recent.when({ siteIds: ['sit_none'] }).thenRefuses('not_found', 'siteId');
  });

  it.each([
    [{ kind: 'site' }, 'kind must be any or file or folder'],
    [{ limit: 201 }, 'limit must be at most 200'],
    [{ siteIds: [] }, 'siteIds must name at least one site'],
    [{ updatedSince: 'yesterday' }, 'updatedSince must be a time'],
  ])('names the argument: %j', (args, words) => recent.when(args).thenRefuses('invalid_params', words));
});
