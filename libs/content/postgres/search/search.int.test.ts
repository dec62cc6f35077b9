import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FoundChunks } from '#content';
import { type ContentHouse, openContent } from '../../../../test/support/content.ts';
import { analyze } from '../../retrieval/analyzer.ts';
import { keyedTerms } from '../../retrieval/keyed.ts';
import { POSTINGS } from './search-statements.ts';

let house: ContentHouse;
beforeAll(async () => {
  house = await openContent();
});
afterAll(() => house.close());

type Organization = ReturnType<ContentHouse['organization']>;

/** Names and lines: what a person would compare. */
async function find(organization: Organization, siteIds: readonly string[], text: string, limit = 50): Promise<string[]> {
  const { chunks } = await organization.searchOf(siteIds).findChunks({ text, siteIds: null, passes: () => true, limit });
  return shown(chunks);
}

function shown(chunks: FoundChunks['chunks']): string[] {
  return chunks.map(({ item, lineStart, lineEnd, tokens }) => `${item.name} ${lineStart}-${lineEnd} ${tokens}`);
}

/** Rows of the posting table that PostgreSQL touches, as it says itself. */
async function postingsRead(organization: Organization, siteIds: readonly string[], word: string): Promise<number> {
  const terms = analyze(word).map(keyedTerms(organization.vaultKey));
  const { rows } = await house.pool.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(`explain (analyze, format json) ${POSTINGS.text}`, [
    organization.id,
    siteIds,
    terms,
  ]);
  const nodes = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)];
  const scans = nodes(rows[0]!['QUERY PLAN'][0].Plan).filter(
    (node) => node['Relation Name'] === 'search_postings_view' || node['Index Name']?.startsWith('search_postings'),
  );
  expect(scans.length).toBeGreaterThan(0);
  for (const scan of scans) expect(scan['Rows Removed by Filter'] ?? 0).toBe(0);
  return Math.max(...scans.map((scan) => scan['Actual Rows'] * scan['Actual Loops']));
}
type Plan = {
  readonly Plans?: readonly Plan[];
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
};

const paragraph = (about: string, sentences = 12) =>
  `${Array.from({ length: sentences }, (_, n) => `Sentence ${n} is about ${about} and some more.`).join(' ')}\n`;

describe('finding chunks', () => {
  it('finds what was saved, by word stems, best first, with its lines and its heading', async () => {
    const hr = house.organization();
    const site = await hr.site('HR');
    await hr.file(site, null, 'leave.md', `# Leave\n\nEmployees take holidays.\n\n## Carrying over\n\nUnused days are carried over to the next year.\n`);
    await hr.file(site, null, 'cars.md', '# Cars\n\nNobody may carry a passenger.\n');
    await house.follow();
    expect(await find(hr, [site], 'carry unused holiday')).toEqual(['leave.md 5-7 16', 'leave.md 1-3 8', 'cars.md 1-3 10']);
    const { chunks } = await hr.searchOf([site]).findChunks({ text: 'unused', siteIds: null, passes: () => true, limit: 1 });
    expect(chunks).toMatchObject([{ headingLine: 5, ordinal: 1, byteStart: 35, item: { path: [] } }]);
    expect(await find(hr, [site], 'zebra')).toEqual([]);
    expect(await find(hr, [site], 'the of and')).toEqual([]);
    expect(await find(hr, [], 'holiday')).toEqual([]);
  });

  it('gives as many as pass, however many do not', async () => {
    const org = house.organization();
    const site = await org.site('Many');
    for (let n = 0; n < 20; n++) await org.file(site, null, `${n}.txt`, 'Walruses.\n');
    await org.file(site, null, 'last.csv', 'Walruses and a good many other words that make this text longer.\n');
    await house.follow();
    const query = { text: 'walrus', siteIds: null, limit: 3 };
    const { chunks } = await org.searchOf([site]).findChunks({ ...query, passes: ({ name }) => name.endsWith('.csv') });
    expect(shown(chunks)).toEqual(['last.csv 1-1 15']);
  });

  it('holds the newest version only, and says what it does not hold yet', async () => {
    const org = house.organization();
    const site = await org.site('Versions');
    const file = await org.file(site, null, 'a.md', paragraph('otters'));
    await org.file(site, null, 'photo.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1]));
    const search = async (text: string) => {
      const { chunks, notIndexed } = await org.searchOf([site]).findChunks({ text, siteIds: null, passes: () => true, limit: 9 });
      return [chunks.length, notIndexed];
    };
    expect(await search('otters')).toEqual([0, 2]);
    await house.follow();
    expect(await search('otters')).toEqual([1, 1]);
    await org.version(site, file, paragraph('badgers'));
    expect(await search('otters')).toEqual([0, 2]);
    await house.follow();
    expect([await search('otters'), await search('badgers')]).toEqual([
      [0, 1],
      [1, 1],
    ]);
    await org.version(site, file, '');
    await house.follow();
    expect([await search('otters'), await search('badgers')]).toEqual([
      [0, 1],
      [0, 1],
    ]);
    const { rows } = await house.pool.query(
      'select count(*)::int as postings from search_postings_view p join search_sites_view using (site_no) where site_id = $1',
      [site],
    );
    expect(rows).toEqual([{ postings: 0 }]);
  });

  it('answers as a server would that holds only what the caller may read', async () => {
    const topics = ['gardens', 'rivers and gardens', 'bridges over rivers', 'old bridges', 'gardens with bridges'];
    const fill = async (org: Organization, name: string) => {
      const site = await org.site(name);
      for (const [n, topic] of topics.entries()) await org.file(site, null, `${n}.md`, `# Chapter ${n}\n\n${paragraph(topic, 4 + n)}`);
      return site;
    };
    const [alone, shared] = [house.organization(), house.organization()];
    const own = await fill(alone, 'Mine');
    const mine = await fill(shared, 'Mine');
    await house.follow();
    const before = await Promise.all(['gardens', 'bridges rivers', 'chapter sentence'].map((text) => find(shared, [mine], text)));

    const theirs = await shared.site('Theirs');
    for (let n = 0; n < 60; n++) await shared.file(theirs, null, `${n}.md`, paragraph(n % 2 ? 'gardens' : 'bridges over rivers', 1 + (n % 7)));
    await house.follow();
    for (const [at, text] of ['gardens', 'bridges rivers', 'chapter sentence'].entries()) {
      expect(await find(shared, [mine], text)).toEqual(before[at]);
      expect(await find(shared, [mine], text)).toEqual(await find(alone, [own], text));
      expect(before[at]?.length).toBeGreaterThan(0);
    }
    expect((await find(shared, [mine, theirs], 'gardens')).length).toBeGreaterThan(before[0]?.length ?? 0);
    expect(shown((await shared.searchOf([mine, theirs]).findChunks({ text: 'gardens', siteIds: [mine], passes: () => true, limit: 50 })).chunks)).toEqual(
      before[0],
    );
    expect(await find(shared, [own], 'gardens')).toEqual([]);
    expect(await postingsRead(shared, [mine], 'sentence')).toBe(1);
  });
});

describe('finding names', () => {
  const named = async (org: Organization, siteIds: readonly string[], text: string) => {
    const found = await org.searchOf(siteIds).findNamed({ text, search: 'hybrid', siteIds: null, passes: () => true, limit: 50 });
    return found.map(({ name, path }) => [...path.map((folder) => folder.name), name].join('/'));
  };
  const recent = async (org: Organization, siteIds: readonly string[], limit: number) => {
    const items = await org.searchOf(siteIds).listRecent({ siteIds: null, passes: () => true, limit });
    return items.map(({ name }) => name);
  };

  it('knows what was saved a moment ago, and nothing of other sites or organisations', async () => {
    const org = house.organization();
    const [site, other] = [await org.site('One'), await org.site('Two')];
    expect(await named(org, [site], 'report')).toEqual([]);
    const folder = await org.folder(site, null, 'Annual reports');
    const file = await org.file(site, folder, 'Balance.csv', 'a,b\n');
    expect(await named(org, [site], 'report')).toEqual(['Annual reports', 'Annual reports/Balance.csv']);
    await org.file(other, null, 'report.md', 'x');
    await org.version(site, file, 'a,b,c\n');
    expect(await named(org, [site], 'report')).toEqual(['Annual reports', 'Annual reports/Balance.csv']);
    expect(await named(org, [site, other], 'report')).toContain('report.md');
    expect(await named(org, [], 'report')).toEqual([]);
    expect(await named(house.organization(), [site], 'report')).toEqual([]);
    expect(await recent(org, [site, other], 2)).toEqual(['Balance.csv', 'report.md']);
    expect(await recent(org, [site], 9)).toEqual(['Balance.csv', 'Annual reports']);
  });

  it('forgets a name that has been erased', async () => {
    const org = house.organization();
    const site = await org.site('One');
    const file = await org.file(site, null, 'Zanzibar.md', 'x');
    expect(await named(org, [site], 'zanzibar')).toEqual(['Zanzibar.md']);
    await house.pool.query(`delete from items_vault where id = $1`, [file]);
    expect(await named(org, [site], 'zanzibar')).toEqual([]);
  });

  it('lists the latest changes of more items than fit a page', async () => {
    const org = house.organization();
    const site = await org.site('Long');
    for (let n = 0; n < 230; n++) await org.folder(site, null, `Folder ${n}`);
    const found = await org.searchOf([site]).listRecent({ siteIds: null, passes: ({ name }) => Number(name.slice(7)) % 2 === 0, limit: 110 });
    expect(found.map(({ name }) => name)).toEqual(Array.from({ length: 110 }, (_, n) => `Folder ${228 - 2 * n}`));
  });
});

it('holds no word of text or name outside the vault', async () => {
  const org = house.organization();
  const site = await org.site('Canaries');
  await org.file(site, null, 'quetzalcoatl.md', '# Xylophones\n\nThe vuvuzela is loud.\n');
  await house.follow();
  expect(await find(org, [site], 'vuvuzela')).toHaveLength(1);
  expect(await find(org, [site], 'quetzalcoatl')).toHaveLength(1);
  const { rows: tables } = await house.pool.query<{ name: string }>(`select tablename as name from pg_tables where schemaname = 'public'`);
  expect(tables.map(({ name }) => name)).toContain('search_postings_view');
  for (const { name } of tables) {
    const { rows } = await house.pool.query<{ row: string }>(`select t::text as row from ${name} t`);
    const all = rows.map(({ row }) => row.toLowerCase()).join('\n');
    for (const canary of ['quetzalcoatl', 'xylophon', 'vuvuzela']) {
      for (const form of [canary, Buffer.from(canary).toString('hex'), Buffer.from(canary).toString('base64').slice(0, -4).toLowerCase()])
        expect(`${name} ${all.includes(form)}`).toBe(`${name} false`);
    }
  }
});
