import { describe, expect, it } from '@jest/globals';
import { specification } from '#tools/spec';
import { library } from './library.fixture.ts';
import listContent from './list-content.tool.ts';

const hr = specification(listContent).given(library());

type Listed = { items: { contentId: string; name: string }[]; nextCursor: string | null };
const list = async (args: Record<string, unknown>) => {
  const { items } = (await hr.when({ siteId: 'sit_hr', ...args }).answer()) as Listed;
  return items.map(({ name }) => name);
};

describe('content_list_content', () => {
  it('lists the top of a site, and the inside of a folder', async () => {
    expect(await list({})).toEqual(['empty.txt', 'photo.png', 'Policies', 'Rates.csv']);
    expect(await list({ folderId: null })).toEqual(await list({}));
    expect(await list({ folderId: '' })).toEqual(await list({}));
    expect(await list({ folderId: 'con_policies' })).toEqual(['leave.md']);
  });

  it('shows each entry as metadata does, never with text', () =>
    hr.when({ siteId: 'sit_hr', folderId: 'con_policies' }).thenAnswers({
      items: [
        {
          contentId: 'con_leave',
          kind: 'file',
          name: 'leave.md',
          siteId: 'sit_hr',
          parentId: 'con_policies',
          path: [{ contentId: 'con_policies', name: 'Policies' }],
          tags: ['hr', 'leave'],
          contentType: 'text/markdown',
          extension: 'md',
          size: 55,
          extraction: 'ok',
          summary: 'none',
          version: 2,
          versionCount: 3,
          createdAt: '2026-02-01T00:00:00.000Z',
          updatedAt: '2026-02-03T00:00:00.000Z',
          url: 'https://deponent.test/con_leave',
        },
      ],
      nextCursor: null,
    }));

  it('leaves out paths on request', async () => {
    const { items } = (await hr.when({ siteId: 'sit_hr', folderId: 'con_policies', includePath: false }).answer()) as Listed;
    expect(items[0]).not.toHaveProperty('path');
  });

  describe('sorts', () => {
    it.each([
      [{ field: 'name' }, ['empty.txt', 'photo.png', 'Policies', 'Rates.csv']],
      [{ field: 'name', direction: 'desc' }, ['Rates.csv', 'Policies', 'photo.png', 'empty.txt']],
      [{ field: 'updatedAt', direction: 'asc' }, ['Policies', 'Rates.csv', 'photo.png', 'empty.txt']],
      [{ field: 'updatedAt', direction: 'desc' }, ['empty.txt', 'photo.png', 'Rates.csv', 'Policies']],
      [{ field: 'size', direction: 'desc' }, ['Rates.csv', 'photo.png', 'empty.txt', 'Policies']],
    ])('by %j', async (sort, names) => {
      expect(await list({ sort })).toEqual(names);
    });

    it('equal names by id in either direction, so that pages neither repeat nor skip', async () => {
      const twin = { siteId: 'sit_hr', parentId: 'con_policies', name: 'LEAVE.md', versions: [''], at: '2026-06-01T00:00:00.000Z' };
      const twins = specification(listContent).given(
        library({
          files: [
            { ...twin, contentId: 'con_b' },
            { ...twin, contentId: 'con_a' },
          ],
        }),
      );
      const page = async (direction: string, cursor: string) => {
        const { items } = (await twins
          .when({ siteId: 'sit_hr', folderId: 'con_policies', sort: { field: 'name', direction }, limit: 1, cursor })
          .answer()) as Listed;
        return items[0]?.contentId;
      };
      expect([await page('asc', '1'), await page('asc', '2'), await page('asc', '3'), await page('asc', '4')]).toEqual([
        'con_a',
        'con_b',
        'con_leave',
        undefined,
      ]);
      expect([await page('desc', '1'), await page('desc', '2'), await page('desc', '3')]).toEqual(['con_a', 'con_b', 'con_leave']);
    });
  });

  describe('filters', () => {
    it.each([
      ['what changed after a time', { updatedSince: '2026-04-01T00:00:00.000Z' }, ['empty.txt']],
      ['… in any time zone', { updatedSince: '2026-04-01T00:59:59+01:00' }, ['empty.txt', 'photo.png']],
      ['beginnings of names, whatever their case', { startsWith: 'p' }, ['photo.png', 'Policies']],
      ['any of several tags', { tags: ['money', 'none'] }, ['Rates.csv']],
      ['media types of files; folders stay', { mimeTypes: ['text/csv', 'Image/PNG; q=1'] }, ['photo.png', 'Policies', 'Rates.csv']],
      ['all of them at once', { startsWith: 'r', tags: ['money'], mimeTypes: ['text/csv'] }, ['Rates.csv']],
      ['nothing with an empty string', { startsWith: '' }, ['empty.txt', 'photo.png', 'Policies', 'Rates.csv']],
    ])('%s', async (_, args, names) => {
      expect(await list(args)).toEqual(names);
    });
  });

  it('turns pages', async () => {
    expect(await hr.when({ siteId: 'sit_hr', limit: 3 }).answer()).toMatchObject({ nextCursor: '2' });
    expect(await list({ limit: 3, cursor: '2' })).toEqual(['Rates.csv']);
    expect(await list({ limit: 3, cursor: '3' })).toEqual([]);
  });

  it('does not tell what may not be seen from what does not exist, nor look into another site', async () => {
    await hr.when({ siteId: 'sit_vault' }).thenRefuses('not_found', 'siteId');
    await hr.when({ siteId: 'sit_none' }).thenRefuses('not_found', 'siteId');
    await hr.when({ siteId: 'sit_hr', folderId: 'con_none' }).thenRefuses('not_found', 'folderId');
    await hr.when({ siteId: 'sit_legal', folderId: 'con_policies' }).thenRefuses('not_found', 'folderId');
  });

  it.each([
    [{}, 'siteId is required'],
    [{ siteId: 'sit_hr', folderId: 'con_rates' }, 'folderId names a file'],
    [{ siteId: 'sit_hr', limit: 0 }, 'limit must be at least 1'],
    [{ siteId: 'sit_hr', sort: { field: 'owner' } }, 'sort.field must be name or updatedAt or size'],
    [{ siteId: 'sit_hr', sort: {} }, 'sort.field is required'],
    [{ siteId: 'sit_hr', updatedSince: 'yesterday' }, 'updatedSince must be a time'],
    [{ siteId: 'sit_hr', updatedSince: '2026-02-30T00:00:00Z' }, 'updatedSince must be a time'],
    [{ siteId: 'sit_hr', tags: 'hr' }, 'tags must be a list'],
    [{ siteId: 'sit_hr', tags: [7] }, 'tags.0 must be a string'],
    [{ siteId: 'sit_hr', recursive: true }, 'no argument recursive'],
    [{ siteId: 'sit_hr', sort: { field: 'name', by: 1 } }, 'no argument sort.by'],
  ])('names the argument: %j', (args, words) => hr.when(args).thenRefuses('invalid_params', words));
});
