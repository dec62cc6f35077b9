import type { Pool } from 'pg';
import { LIMITS } from '#kernel';
import type { SiteRoles } from '../../access.ts';
import type { ChunkQuery, ContentItem, ContentSearch, FoundChunk, RecentQuery } from '../../ports.ts';
import { analyze } from '../../retrieval/analyzer.ts';
import { keyedTerms } from '../../retrieval/keyed.ts';
import { rankNames, type SearchableName } from '../../retrieval/names.ts';
import { type RankedChunk, type Ranking, rankChunks } from '../../retrieval/ranking.ts';
import { versionRow } from '../../streams.ts';
import type { ItemAtRevision } from '../../tree.ts';
import { type Ask, askFor } from '../ask.ts';
import { type ContentRows, createContentRows } from '../content-rows.ts';
import type { OpenedRows } from '../opened-rows.ts';
import { ITEMS } from '../statements.ts';
import type { NameMemory, NameRow } from './name-memory.ts';
import {
  CHUNKS,
  type FoundRow,
  NAMES,
  type NamesRow,
  NOT_INDEXED,
  POSTINGS,
  type PostingsRow,
  RECENT,
  type RecentRow,
  STATISTICS,
  type StatisticsRow,
} from './search-statements.ts';

export type ContentSearchOptions = {
  readonly pool: Pick<Pool, 'query'>;
  readonly organization: string;
  readonly vaultKey: Uint8Array;
  readonly openedRows: OpenedRows;
  readonly roles: SiteRoles;
  /** Of the process, shared by all callers; `authority`: the value of the organisation's counter that the roles were read at. */
  readonly nameMemory: NameMemory;
  readonly authority: number;
};

/** What one caller may find, from the search index, the content tree and the vault. @throws StoreUnavailable */
export function contentSearch({ pool, organization, roles, nameMemory, authority, ...vault }: ContentSearchOptions): ContentSearch {
  const rows = createContentRows(vault, roles);
  return {
    async findChunks(query) {
      const ask = askFor(pool, organization, within(roles, query.siteIds));
      const [notIndexed = 0] = await ask(NOT_INDEXED, [], ({ files }: { files: string }) => Number(files));
      const ranking = await rank(ask, query.text, vault.vaultKey);
      return { chunks: await take(ask, ranking, query, rows), notIndexed };
    },
    async findNamed({ text, search, siteIds, passes, limit }) {
      const searched = within(roles, siteIds);
      const ask = askFor(pool, organization, searched);
      const names: SearchableName[] = [];
      for (const siteId of searched.siteIds) {
        const changes = (after: number) => ask(NAMES, [siteId, after], (row: NamesRow) => nameRow(row, siteId, vault));
        for (const name of await nameMemory.namesOf(siteId, authority, changes)) if (passes(name.item)) names.push(name);
      }
      const best = rankNames(names, text, search).slice(0, limit);
      return inOrder(
        ask,
        best.map(({ item }) => item.contentId),
        rows,
      );
    },
    async listRecent(query) {
      return recent(askFor(pool, organization, within(roles, query.siteIds)), query, rows);
    },
  };
}

/** Those of the asked sites that the caller may read. */
function within({ siteIds }: SiteRoles, asked: readonly string[] | null): Pick<SiteRoles, 'siteIds'> {
  return { siteIds: asked === null ? siteIds : siteIds.filter((siteId) => asked.includes(siteId)) };
}

async function rank(ask: Ask, text: string, vaultKey: Uint8Array): Promise<Ranking> {
  const keyed = keyedTerms(vaultKey);
  const terms = new Map<string, number>();
  for (const [word, times] of queryTerms(text)) terms.set(keyed(word), times);
  const statistics = await ask(STATISTICS, [], (row: StatisticsRow) => row);
  const blocks = await ask(POSTINGS, [[...terms.keys()]], ({ site_no: site, term, block, postings }: PostingsRow) => ({ site, term, block, postings }));
  const total = (of: 'chunks' | 'length') => statistics.reduce((sum, site) => sum + site[of], 0);
  return rankChunks(blocks, terms, { chunks: total('chunks'), length: total('length') });
}

/** Each word of a query with how often it stands there; of a very long one, its first words. */
function queryTerms(text: string): ReadonlyMap<string, number> {
  const terms = new Map<string, number>();
  for (const term of analyze(text)) if (terms.has(term) || terms.size < LIMITS.queryTerms) terms.set(term, (terms.get(term) ?? 0) + 1);
  return terms;
}

/** The best that pass, asked for a page at a time until there are enough. */
async function take(ask: Ask, ranking: Ranking, { limit, passes }: ChunkQuery, rows: ContentRows): Promise<FoundChunk[]> {
  const taken: FoundChunk[] = [];
  let last: RankedChunk | null = null;
  for (let looked = 0; taken.length < limit && looked < LIMITS.chunksLookedThrough; looked += limit) {
    const page = ranking.best(limit, last);
    last = page.at(-1) ?? null;
    if (last === null) break;
    const found = await ask(CHUNKS, [page.map(({ site }) => site), page.map(({ chunk }) => chunk)], (row: FoundRow) => row);
    const items = await itemsOf(ask, found, rows);
    taken.push(...found.flatMap((row) => current(row, items.get(row.content_id))).filter(({ item }) => passes(item)));
  }
  return taken.slice(0, limit);
}

async function recent(ask: Ask, { limit, passes }: RecentQuery, rows: ContentRows): Promise<ContentItem[]> {
  const passing: ContentItem[] = [];
  // Ends with the list, or at the item that closes the page asked for.
  for (let before = Number.MAX_SAFE_INTEGER; passing.length < limit; ) {
    const page = await ask(RECENT, [before, LIMITS.pageItems], (row: RecentRow) => row);
    const items = await inOrder(
      ask,
      page.map((row) => row.content_id),
      rows,
    );
    passing.push(...items.filter(passes));
    if (page.length < LIMITS.pageItems) break;
    before = Number(page.at(-1)?.position);
  }
  return passing.slice(0, limit);
}

async function inOrder(ask: Ask, contentIds: readonly string[], rows: ContentRows): Promise<ContentItem[]> {
  const items = await ask(ITEMS, [contentIds], rows.item);
  const byId = new Map(items.map((item) => [item.contentId, item]));
  return contentIds.flatMap((contentId) => byId.get(contentId) ?? []);
}

function nameRow(row: NamesRow, siteId: string, { vaultKey, openedRows }: Pick<ContentSearchOptions, 'vaultKey' | 'openedRows'>): NameRow {
  const { content_id: contentId, kind, version } = row;
  const named = row.name_row && openedRows.name(vaultKey, contentId, row.name_row);
  const details = version === null || row.details_row === null ? null : openedRows.version(vaultKey, versionRow(contentId, version), row.details_row);
  const file = { contentType: details?.contentType ?? null, extension: details?.extension ?? null };
  return {
    contentId,
    parentId: row.container_id === siteId ? null : row.container_id,
    position: Number(row.position),
    item: named && { contentId, kind, ...named, ...file, updatedAt: Number(row.updated_at) },
  };
}

async function itemsOf(ask: Ask, found: readonly FoundRow[], rows: ContentRows): Promise<ReadonlyMap<string, ItemAtRevision>> {
  const contentIds = [...new Set(found.map((row) => row.content_id))];
  const items = await ask(ITEMS, [contentIds], rows.item);
  return new Map(items.map((item) => [item.contentId, item]));
}

/** A chunk of a version that has been replaced meanwhile is not found any more. */
function current(row: FoundRow, item: ContentItem | undefined): FoundChunk[] {
  if (item?.file?.current.version !== row.version) return [];
  return [
    {
      item,
      lineStart: row.line_start,
      lineEnd: row.line_end,
      byteStart: row.byte_start,
      byteEnd: row.byte_end,
      tokens: row.tokens,
      headingLine: row.heading_line,
      ordinal: row.ordinal,
      fingerprint: row.fingerprint,
    },
  ];
}
