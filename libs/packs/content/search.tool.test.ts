import { describe, expect, it } from '@jest/globals';
import { specification } from '#tools/spec';
import { library } from './library.fixture.ts';
import search from './search.tool.ts';

const files = [1, 2, 3].map((n) => ({
  contentId: `con_${n}`,
  siteId: 'sit_hr',
  parentId: null,
  name: `${n}.md`,
  versions: [`# Bridges\n\n${'A bridge crosses a river. '.repeat(n)}\n\n${'Rivers run to the sea. '.repeat(80)}\n`],
  at: '2026-06-01T00:00:00.000Z',
}));
const shelf = specification(search).given(library({ files }));

describe('search', () => {
  it('names files by their best passage, each once, with ids that fetch takes', () =>
    shelf.when({ query: 'bridge' }).thenAnswers({
      results: [3, 2, 1].map((n) => ({ id: `con_${n}`, title: `${n}.md`, url: `https://deponent.test/con_${n}` })),
    }));

  it('finds nothing where there is nothing, and nothing that may not be seen', async () => {
    await shelf.when({ query: 'zebra' }).thenAnswers({ results: [] });
    expect(await shelf.when({ query: 'secret' }).answer()).toEqual({ results: [] });
  });

  it('asks for a query', () => shelf.when({ query: '' }).thenRefuses('invalid_params', 'query is required'));
});
