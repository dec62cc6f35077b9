import { permissionsOf, type SiteRoles, type SiteStanding } from '../access.ts';
import { EXTRACTION_STATUSES, type FileVersion, type Site } from '../ports.ts';
import { versionRow } from '../streams.ts';
import type { ItemAtRevision } from '../tree.ts';
import type { OpenedRows } from './opened-rows.ts';
import type { ItemRow, SiteRow, VersionRow } from './statements.ts';

/** Rows of the content tree with their vault rows, as the ports show them. What has lost its own vault row is not there any more: null. */
export type ContentRows = {
  site(row: SiteRow): Site | null;
  item(row: ItemRow): ItemAtRevision | null;
  version(contentId: string, row: VersionRow): FileVersion | null;
};

/** Shown for a folder above an item, where its own name has been erased. */
const ERASED = '(erased)';

export function createContentRows(vault: { readonly vaultKey: Uint8Array; readonly openedRows: OpenedRows }, roles: SiteRoles): ContentRows {
  const nameOf = (id: string, ciphertext: Buffer) => vault.openedRows.name(vault.vaultKey, id, ciphertext);
  const ancestor = (contentId: string, ciphertext: Buffer | null | undefined) => ({
    contentId,
    name: ciphertext ? nameOf(contentId, ciphertext).name : ERASED,
  });

  function version(contentId: string, row: VersionRow): FileVersion | null {
    if (row.details_row === null) return null;
    const details = vault.openedRows.version(vault.vaultKey, versionRow(contentId, row.version), row.details_row);
    return {
      version: row.version,
      createdAt: Number(row.version_created_at),
      size: Number(row.size),
      contentType: details.contentType,
      extension: details.extension,
      sourceSha256: details.sourceSha256,
      extraction: EXTRACTION_STATUSES.find((status) => status === row.extraction) ?? 'failed',
      extractionReason: details.extractionReason,
      extractor: extractorOf(row),
      rendition: renditionOf(row, details.renditionSha256),
    };
  }

  function item(row: ItemRow): ItemAtRevision | null {
    const current = row.version === null ? null : version(row.content_id, row);
    if (row.name_row === null || row.site_name_row === null || (row.kind === 'file' && current === null)) return null;
    return {
      contentId: row.content_id,
      kind: row.kind,
      siteId: row.site_id,
      siteName: nameOf(row.site_id, row.site_name_row).name,
      parentId: row.container_id === row.site_id ? null : row.container_id,
      ...nameOf(row.content_id, row.name_row),
      path: row.path.map((contentId, depth) => ancestor(contentId, row.path_rows[depth])),
      createdAt: Number(row.created_at),
      updatedAt: Number(row.updated_at),
      file: current && { current, versionCount: current.version + 1 },
      revision: row.revision,
    };
  }

  function site(row: SiteRow): Site | null {
    if (row.name_row === null) return null;
    return {
      siteId: row.site_id,
      ...nameOf(row.site_id, row.name_row),
      ...shown(roles.standingIn(row.site_id)),
      counts: { files: row.files, folders: row.folders },
      updatedAt: Number(row.updated_at),
    };
  }

  return { site, item, version };
}

function shown(standing: SiteStanding | null): SiteStanding & Pick<Site, 'relationship' | 'permissions'> {
  if (standing === null) throw new Error('a site was read in which the caller has no role');
  return { ...standing, relationship: standing.role === 'owner' ? 'owner' : 'shared', permissions: permissionsOf(standing.role) };
}

function extractorOf({ extractor_name: name, extractor_version: version }: VersionRow): FileVersion['extractor'] {
  return name === null || version === null ? null : { name, version };
}

function renditionOf({ rendition: artefact, total_lines: totalLines }: VersionRow, sha256: string | null): FileVersion['rendition'] {
  return artefact === null || totalLines === null || sha256 === null ? null : { artefact, sha256, totalLines };
}
