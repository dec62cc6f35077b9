import { describe, expect, it } from '@jest/globals';
import { specification } from '#tools/spec';
import { library } from './library.fixture.ts';
import searchContent from './search-content.tool.ts';

const file = (contentId: string, name: string, more: { parentId?: string; tags?: string[]; at?: string } = {}) => ({
  siteId: 'sit_hr',
  parentId: null,
  versions: ['Words within a text are not names.'],
  at: '2026-06-01T00:00:00.000Z',
  contentId,
  name,
  ...more,
});
const names = specification(searchContent).given(
  library({
    folders: [{ contentId: 'con_annual', siteId: 'sit_hr', parentId: null, name: 'Annual reports', at: '2026-01-05T00:00:00.000Z' }],
    files: [
      file('con_report', 'Report 2026.md', { parentId: 'con_annual' }),
      file('con_draft', 'draft report.txt', { tags: ['Draft'], at: '2026-06-02T00:00:00.000Z' }),
      file('con_rep', 'Représentation.txt'),
      file('con_budget', 'budget_final.csv', { parentId: 'con_annual', tags: ['money'] }),
      { ...file('con_hidden', 'report.md'), siteId: 'sit_vault' },
    ],
  }),
);
const search = async (args: Record<string, unknown>) => {
  const { items } = (await names.when(args).answer()) as { items: { name: string; rank: number }[] };
  expect(items.map(({ rank }) => rank)).toEqual(items.map((_, at) => at + 1));
  return items.map(({ name }) => name);
};

describe('content_search_content', () => {
  it('names files and folders with their place, never with text or score', () =>
    names.when({ q: 'leave' }).thenAnswers({
      items: [
        {
          contentId: 'con_leave',
          kind: 'file',
          name: 'leave.md',
          siteId: 'sit_hr',
          path: [{ contentId: 'con_policies', name: 'Policies' }],
          contentType: 'text/markdown',
          updatedAt: '2026-02-03T00:00:00.000Z',
          url: 'https://deponent.test/con_leave',
          rank: 1,
        },
      ],
      nextCursor: null,
    }));

  it('completes: the last word is unfinished, names that begin so come first', async () => {
    expect(await search({ q: 'rep', searchType: 'completion' })).toEqual(['Report 2026.md', 'Représentation.txt', 'Annual reports', 'draft report.txt']);
    expect(await search({ q: 'REPR', searchType: 'completion' })).toEqual(['Représentation.txt']);
    expect(await search({ q: 'draft rep', searchType: 'completion' })).toEqual(['draft report.txt']);
    expect(await search({ q: 'budget fin', searchType: 'completion' })).toEqual(['budget_final.csv']);
    expect(await search({ q: 'port', searchType: 'completion' })).toEqual([]);
  });

  it('ranks by words of name, path and tags', async () => {
    expect(await search({ q: 'reports', searchType: 'full-text' })).toEqual(['Annual reports', 'Report 2026.md', 'draft report.txt', 'budget_final.csv']);
    expect(await search({ q: 'money', searchType: 'full-text' })).toEqual(['Rates.csv', 'budget_final.csv']);
    expect(await search({ q: 'names within', searchType: 'full-text' })).toEqual([]);
  });

  it('takes both together, and a slip of the pen', async () => {
    expect(await search({ q: 'report' })).toEqual(['Annual reports', 'Report 2026.md', 'draft report.txt', 'budget_final.csv']);
    expect(await search({ q: 'budegt' })).toEqual(['budget_final.csv']);
    expect(await search({ q: 'polciies' })).toEqual(['Policies']);
    expect(await search({ q: 'xyz' })).toEqual([]);
  });

  it.each([
    ['@name:report', ['draft report.txt', 'Report 2026.md', 'Annual reports']],
    ['@extension:csv', ['budget_final.csv', 'Rates.csv']],
    ['@contentType:text/csv money', ['Rates.csv', 'budget_final.csv']],
    ['@kind:folder', ['Annual reports', 'Policies']],
    ['@tag:draft', ['draft report.txt']],
    ['@path:"annual reports" @name:2026', ['Report 2026.md']],
    ['@kind:folder @extension:md', []],
  ])('holds to conditions: %s', async (q, found) => {
    expect(await search({ q })).toEqual(found);
  });

  it('narrows to sites, kinds and media types', async () => {
    expect(await search({ q: 'report', siteIds: ['sit_legal'] })).toEqual([]);
    expect(await search({ q: 'report', kind: 'folder' })).toEqual(['Annual reports']);
    expect(await search({ q: 'report', mimeTypes: ['text/plain'] })).toEqual(['draft report.txt']);
  });

  it('turns pages, and ranks go on', async () => {
    expect(await names.when({ q: '@name:report', limit: 2 }).answer()).toMatchObject({ nextCursor: '2' });
    expect(await names.when({ q: '@name:report', limit: 2, cursor: '2' }).answer()).toMatchObject({
      items: [{ name: 'Annual reports', rank: 3 }],
      nextCursor: null,
    });
  });

  it('finds nothing that may not be seen', async () => {
    expect(await search({ q: 'secret' })).toEqual([]);
    await names.when({ q: 'secret', siteIds: ['sit_vault'] }).thenRefuses('not_found', 'siteId');
  });

  it.each([
    [{}, 'q is required'],
    [{ q: '' }, 'q is required'],
    [{ q: ' *** ' }, 'q has no word to look for'],
    [{ q: '@name:' }, 'q names no value after @name'],
    [{ q: '@owner:me' }, 'q asks for @owner; there are @name'],
    [{ q: 'x', searchType: 'fuzzy' }, 'searchType must be hybrid or full-text or completion'],
  ])('names the argument: %j', (args, words) => names.when(args).thenRefuses('invalid_params', words));

  it('takes no endless query', () => names.when({ q: 'x'.repeat(501) }).thenRefuses('invalid_params', 'q must be at most 500'));
});
