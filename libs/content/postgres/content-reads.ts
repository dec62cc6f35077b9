import type { Pool, QueryResultRow } from 'pg';
import { permissionsOf, type SiteRoles } from '../access.ts';
import type { ArtefactStore } from '../artefact-store.ts';
import { nameKey } from '../names.ts';
import type { Site } from '../ports.ts';
import type { OpenRenditions } from '../renditions.ts';
import type { ContentTreeReads } from '../tree.ts';
import { type ContentRows, createContentRows } from './content-rows.ts';
import type { OpenedRows } from './opened-rows.ts';
import { CHILDREN, ITEM, type ItemRow, SITE, SITES, type SiteRow, type Statement, VERSIONS, type VersionRow } from './statements.ts';

export type ContentReadsOptions = {
  readonly pool: Pick<Pool, 'query'>;
  readonly organization: string;
  readonly vaultKey: Uint8Array;
  readonly artefacts: ArtefactStore;
  /** Of the process, shared by all callers. */
  readonly renditions: OpenRenditions;
  readonly openedRows: OpenedRows;
  readonly roles: SiteRoles;
  /** Where pages are shown to people, without a slash at its end. */
  readonly baseUrl: string;
};

/** What one caller may read, from the content tree and the vault: every answer is one statement, so one snapshot. */
export function contentReads({ pool, organization, roles, artefacts, renditions, baseUrl, ...vault }: ContentReadsOptions): ContentTreeReads {
  const rows: ContentRows = createContentRows(vault, roles);

  async function ask<Row extends QueryResultRow>({ name, text }: Statement, ...values: unknown[]): Promise<Row[]> {
    if (roles.siteIds.length === 0) return [];
    return (await pool.query<Row>({ name, text, values: [organization, roles.siteIds, ...values] })).rows;
  }

  return {
    async listSites() {
      return (await ask<SiteRow>(SITES)).map(rows.site).sort(byNameThenId);
    },
    async findSite(siteId) {
      const [row] = await ask<SiteRow>(SITE, siteId);
      return row === undefined ? null : rows.site(row);
    },
    async findContent(contentId) {
      const [row] = await ask<ItemRow>(ITEM, contentId);
      return row === undefined ? null : rows.item(row);
    },
    async listChildren(siteId, parentId) {
      const found = await ask<ItemRow>(CHILDREN, parentId ?? siteId);
      return found.filter((row) => row.site_id === siteId).map(rows.item);
    },
    async listVersions(contentId) {
      return (await ask<VersionRow>(VERSIONS, contentId)).map((row) => rows.version(contentId, row));
    },
    async openRendition(siteId, { artefact }) {
      const role = roles.roleIn(siteId);
      if (role === null || !permissionsOf(role).read) throw new Error('a rendition was to be opened for a caller who may not read its site');
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
