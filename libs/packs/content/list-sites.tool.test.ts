import { describe, expect, it } from '@jest/globals';
import { specification } from '#tools/spec';
import { library } from './library.fixture.ts';
import listSites from './list-sites.tool.ts';

const sites = specification(listSites).given(library());
const names = async (args: Record<string, unknown>) => {
  const { items, nextCursor } = (await sites.when(args).answer()) as { items: { name: string }[]; nextCursor: string | null };
  return [items.map(({ name }) => name).join(' '), nextCursor];
};

describe('content_list_sites', () => {
  it('lists the sites the caller may see, by name, and no others', async () => {
    expect(await names({})).toEqual(['Archive HR Legal', null]);
  });

  it('shows role, permissions, state and counts of each', async () => {
    const { items } = (await sites.when({}).answer()) as { items: unknown[] };
    expect(items[1]).toEqual({
      siteId: 'sit_hr',
      name: 'HR',
      relationship: 'owner',
      role: 'owner',
      accepted: true,
      readOnly: false,
      tags: [],
      counts: { files: 4, folders: 1 },
      updatedAt: '2026-05-01T00:00:00.000Z',
      url: 'https://deponent.test/sit_hr',
      permissions: { read: true, list: true, search: true, upload: true, createFolder: true, edit: true, delete: true },
    });
  });

  it('shows only accepted sites on request', async () => {
    expect(await names({ accepted: true })).toEqual(['Archive HR', null]);
  });

  it('turns pages by number; a page past the end is empty', async () => {
    expect(await names({ limit: 2 })).toEqual(['Archive HR', '2']);
    expect(await names({ limit: 2, cursor: '2' })).toEqual(['Legal', null]);
    expect(await names({ limit: 2, cursor: '3' })).toEqual(['', null]);
    expect(await names({ limit: 3 })).toEqual(['Archive HR Legal', null]);
    expect(await names({ cursor: '1000' })).toEqual(['', null]);
  });

  it.each(['0', '-1', 'abc', '1.5', '01', '1001', ' 1'])('does not take %j for a page', (cursor) =>
    sites.when({ cursor }).thenRefuses('invalid_params', 'cursor'),
  );

  it.each([0, 201, -1, 1.5, '50', null])('does not take %j for a limit, and never clamps', (limit) =>
    sites.when({ limit }).thenRefuses('invalid_params', 'limit'),
  );

  it('counts an empty string as absent', async () => {
    expect(await names({ cursor: '' })).toEqual(await names({}));
  });

  it('refuses an argument that it does not know, and names it', () => sites.when({ page: 2 }).thenRefuses('invalid_params', 'page'));
});
