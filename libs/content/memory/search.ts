import type { ContentItem, ContentSearch, FoundChunk, Named, Rendition } from '../ports.ts';
import { analyze } from '../retrieval/analyzer.ts';
import { indexedChunks } from '../retrieval/indexed-chunks.ts';
import { rankNames, searchableName } from '../retrieval/names.ts';
import { blockOf, packPostings } from '../retrieval/posting-blocks.ts';
import { type PostingBlock, rankChunks } from '../retrieval/ranking.ts';

export type ReadableText = { readonly item: ContentItem; readonly rendition: Rendition | null };

/** Finding in memory, for tests: the same analysis and the same ranking, indexed anew for every question. */
export function createMemorySearch(readable: readonly ReadableText[]): ContentSearch {
  return {
    async findChunks({ text, siteIds, passes, limit }) {
      const searched = readable.filter(({ item }) => item.kind === 'file' && (siteIds === null || siteIds.includes(item.siteId)));
      const indexed = searched.flatMap(({ item, rendition }) =>
        rendition === null ? [] : [...indexedChunks(rendition, item.name)].map((chunk, ordinal) => ({ ...chunk, item, ordinal })),
      );
      const terms = new Map<string, number>();
      for (const term of analyze(text)) terms.set(term, (terms.get(term) ?? 0) + 1);
      const blocks: PostingBlock[] = [...terms.keys()].flatMap((term) =>
        indexed.flatMap(({ terms, length }, chunk) => {
          const frequency = terms.get(term);
          return frequency === undefined ? [] : [{ site: 1, term, block: blockOf(chunk), postings: packPostings([{ chunk, length, frequency }]) }];
        }),
      );
      const statistics = { chunks: indexed.length, length: indexed.reduce((sum, { length }) => sum + length, 0) };
      const chunks = rankChunks(blocks, terms, statistics)
        .best(Math.max(indexed.length, 1), null)
        .flatMap(({ chunk }): FoundChunk[] => {
          const found = indexed[chunk];
          if (found === undefined || !passes(found.item)) return [];
          const { terms: _terms, length: _length, bytes, headings, ...place } = found;
          return [{ ...place, headingLine: headings.at(-1) ?? null, fingerprint: bytes.toString('base64') }];
        });
      return { chunks: chunks.slice(0, limit), notIndexed: searched.filter(({ rendition }) => rendition === null).length };
    },
    async findNamed({ text, search, siteIds, passes, limit }) {
      const items = new Map(readable.filter(({ item }) => siteIds?.includes(item.siteId) ?? true).map(({ item }) => [item.contentId, item]));
      const names = [...items.values()].map(namedOf).filter(passes).map(searchableName);
      return rankNames(names, text, search)
        .slice(0, limit)
        .flatMap(({ item }) => items.get(item.contentId) ?? []);
    },
    async listRecent({ siteIds, passes, limit }) {
      const items = readable.map(({ item }) => item).filter((item) => (siteIds?.includes(item.siteId) ?? true) && passes(item));
      return items.sort((one, other) => other.updatedAt - one.updatedAt).slice(0, limit);
    },
  };
}

function namedOf({ contentId, kind, name, path, tags, updatedAt, file }: ContentItem): Named {
  const { contentType = null, extension = null } = file?.current ?? {};
  return { contentId, kind, name, path: path.map((folder) => folder.name), tags, updatedAt, contentType, extension };
}
