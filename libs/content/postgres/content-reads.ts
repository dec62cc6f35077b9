import type { Pool } from 'pg';
import { permissionsOf, type SiteRoles } from '../access.ts';
import type { ArtefactStore } from '../artefact-store.ts';
import { nameKey } from '../names.ts';
import type { Site } from '../ports.ts';
import type { OpenRenditions } from '../renditions.ts';
import type { ContentTreeReads, ItemAtRevision } from '../tree.ts';
import { type Reliance, relianceOn, type TreeMemory } from '../tree-memory.ts';
import { askFor } from './ask.ts';
import { type ContentRows, createContentRows } from './content-rows.ts';
import type { OpenedRows } from './opened-rows.ts';
import { CHILDREN, ITEM, SITE, SITES, VERSIONS, type VersionRow } from './statements.ts';

export type ContentReadsOptions = {
  readonly pool: Pick<Pool, 'query'>;
  readonly organization: string;
  readonly vaultKey: Uint8Array;
  readonly artefacts: ArtefactStore;
  /** Of the process, shared by all callers. */
  readonly renditions: OpenRenditions;
  readonly openedRows: OpenedRows;
  readonly roles: SiteRoles;
  /** Null: every answer comes from the database. */
  readonly memory: CallMemory | null;
  /** Where pages are shown to people, without a slash at its end. */
  readonly baseUrl: string;
};

/** The process's memory as one call uses it; `rely` is told of every answer from it. */
export type CallMemory = { readonly tree: TreeMemory; readonly authority: number; readonly rely: (reliance: Reliance, contentId: string) => void };

/** What one caller may read, from the content tree and the vault: every answer is one statement, so one snapshot. @throws StoreUnavailable */
export function contentReads({ pool, organization, roles, memory, artefacts, renditions, baseUrl, ...vault }: ContentReadsOptions): ContentTreeReads {
  const rows: ContentRows = createContentRows(vault, roles);
  const ask = askFor(pool, organization, roles);

  async function readItem(contentId: string): Promise<ItemAtRevision | null> {
    const [item = null] = await ask(ITEM, [contentId], rows.item);
    if (item !== null) memory?.tree.keep(item, memory.authority);
    return item;
  }

  return {
    async listSites() {
      return (await ask(SITES, [], rows.site)).sort(byNameThenId);
    },
    async findSite(siteId) {
      return (await ask(SITE, [siteId], rows.site))[0] ?? null;
    },
    async findContent(contentId) {
      const known = memory?.tree.find(contentId, memory.authority);
      if (memory === null || known === undefined || roles.standingIn(known.siteId) === null) return readItem(contentId);
      memory.rely(relianceOn(known), contentId);
      return known;
    },
    async listChildren(siteId, parentId) {
      const children = await ask(CHILDREN, [parentId ?? siteId], rows.item);
      return children.filter((child) => child.siteId === siteId);
    },
    async listVersions(contentId) {
      return ask(VERSIONS, [contentId], (row: VersionRow) => rows.version(contentId, row));
    },
    async openRendition(siteId, { artefact }) {
      const standing = roles.standingIn(siteId);
      if (standing === null || !permissionsOf(standing.role).read) throw new Error('a rendition was to be opened for a caller who may not read its site');
      return renditions.open(artefacts, artefact);
    },
    urlOf(contentId, at) {
      const page = `${baseUrl}/content/${contentId}`;
      if (at === undefined) return page;
      const lines = at.lineStart === undefined ? '' : `&lines=${at.lineStart}-${at.lineEnd ?? at.lineStart}`;
      return `${page}?version=${at.version}${lines}`;
    },
  };
}

function byNameThenId(one: Site, other: Site): number {
  return compare(nameKey(one.name), nameKey(other.name)) || compare(one.siteId, other.siteId);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
