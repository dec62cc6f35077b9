import type { Sql, StoredEvent } from '#event-store';
import { LIMITS } from '#kernel';
import { createLru } from '../../lru.ts';
import { blockOf } from '../../retrieval/posting-blocks.ts';
import { createOpenedRows } from '../opened-rows.ts';
import {
  addText,
  type IndexChanges,
  type IndexedOrganization,
  indexKeys,
  noChanges,
  type OrganizationIndexKeys,
  openText,
  removeText,
} from './index-changes.ts';
import { holdIndex, indexAsOf } from './index-checkpoint.ts';
import { type NewVersion, portionsOf } from './index-events.ts';
import { deleteChunks, type FileRow, type IndexedFile, insertSite, readFiles, readSites, writeFiles, writeSites } from './index-rows.ts';
import { removeBlocks, writeChanges } from './index-writes.ts';

/**
 * The search index, a following view: a fold over the events of sites and files. Only the newest version of a file has
 * postings. All of it can be made again from events, names in the vault and stored renditions. It holds ids, numbers and
 * keyed hashes: no word can be read from it.
 */
export type SearchIndex = {
  readonly name: string;
  readonly tables: readonly string[];
  /** Position of the last event that it holds. */
  asOf(sql: Sql): Promise<number>;
  /** The same, and nobody changes it until the transaction ends. */
  hold(sql: Sql): Promise<number>;
  apply(events: readonly StoredEvent[], sql: Sql): Promise<void>;
};

type Opened = { readonly texts: IndexedOrganization; readonly keys: OrganizationIndexKeys };
type Organizations = (id: string) => Promise<Opened>;

export function searchIndex(organization: (id: string) => Promise<IndexedOrganization>): SearchIndex {
  const opened = createLru<Opened>({ capacity: LIMITS.organizationsIndexedTogether, weigh: () => 1 });

  async function open(id: string): Promise<Opened> {
    const known = opened.get(id);
    if (known !== undefined) return known;
    const texts = await organization(id);
    const made = { texts, keys: indexKeys(texts) };
    opened.set(id, made);
    return made;
  }

  return {
    name: 'search_index',
    tables: ['search_sites_view', 'search_files_view', 'search_chunks_view', 'search_postings_view'],
    asOf: indexAsOf,
    hold: holdIndex,
    async apply(events, sql) {
      for (const { sites, versions } of portionsOf(events)) {
        for (const site of sites) await insertSite(sql, site.siteId, site.organization);
        if (versions.length > 0) await indexVersions(versions, open, sql);
      }
    },
  };
}

const openedRows = createOpenedRows();

/** In each version's place comes the next. `versions`: each of another file. */
async function indexVersions(versions: readonly NewVersion[], open: Organizations, sql: Sql): Promise<void> {
  const files = await readFiles(
    sql,
    versions.map(({ contentId }) => contentId),
  );
  const sites = await readSites(sql, files.values());
  const changes = noChanges();
  const indexed: IndexedFile[] = [];
  for (const version of versions) {
    const file = files.get(version.contentId);
    const site = sites.get(file?.site_id ?? '');
    if (file === undefined || site === undefined || version.version < (file.version ?? 0)) continue;
    const organization = await open(version.organization);
    await withdraw(changes, site.site_no, file, organization, sql);
    const now = await enter(changes, { site: site.site_no, firstChunk: site.next_chunk }, file, version, organization);
    indexed.push(now);
    site.next_chunk += now.chunks;
    site.files += Number(now.rendition !== null) - Number(file.rendition !== null);
    site.chunks += now.chunks - file.chunks;
    site.length += now.length - file.length;
  }
  await deleteChunks(
    sql,
    indexed.map(({ contentId }) => contentId),
  );
  await writeChanges(changes, sql);
  await writeFiles(sql, indexed);
  await writeSites(sql, sites.values());
}

type Place = { readonly site: number; readonly firstChunk: number };

async function enter(changes: IndexChanges, place: Place, file: FileRow, version: NewVersion, { texts, keys }: Opened): Promise<IndexedFile> {
  const now = { ...place, contentId: version.contentId, version: version.version };
  const rendition = version.rendition === null ? null : await openText(texts, version.rendition);
  if (rendition === null) return { ...now, rendition: null, chunks: 0, length: 0 };
  const added = await addText(changes, keys, { ...place, contentId: file.content_id, name: nameOf(file, texts), rendition });
  return { ...now, rendition: version.rendition, ...added };
}

/** Takes out what is indexed of the file: by its text or, where that is lost, by looking through all blocks it is in. */
async function withdraw(changes: IndexChanges, site: number, file: FileRow, { texts, keys }: Opened, sql: Sql): Promise<void> {
  if (file.rendition === null || file.chunks === 0) return;
  const rendition = await openText(texts, file.rendition);
  const range = { first: file.first_chunk, count: file.chunks };
  if (rendition === null) return removeBlocks(changes, site, range, { from: blockOf(range.first), to: blockOf(range.first + range.count - 1) }, sql);
  await removeText(changes, keys, { site, firstChunk: range.first, contentId: file.content_id, name: nameOf(file, texts), rendition }, range.count);
}

function nameOf({ content_id: id, name_row: row }: FileRow, { vaultKey }: IndexedOrganization): string {
  return row === null ? '' : openedRows.name(vaultKey, id, row).name;
}
