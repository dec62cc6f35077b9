import { permissionsOf, type SiteRoles } from '../access.ts';
import { EXTRACTION_STATUSES, type FileVersion, type Site, type SiteRole } from '../ports.ts';
import { versionRow } from '../streams.ts';
import type { ItemAtRevision } from '../tree.ts';
import type { OpenedRows } from './opened-rows.ts';
import type { ItemRow, SiteRow, VersionRow } from './statements.ts';

export type ContentRows = {
  site(row: SiteRow): Site;
  item(row: ItemRow): ItemAtRevision;
  version(contentId: string, row: VersionRow): FileVersion;
};

/** Shown for a folder above an item, where its own name has been erased. */
const ERASED = '(erased)';

/** Rows of the content tree, joined with their vault rows, as the ports show them. */
export function createContentRows({ vaultKey, openedRows }: { readonly vaultKey: Uint8Array; readonly openedRows: OpenedRows }, roles: SiteRoles): ContentRows {
  const nameOf = (id: string, ciphertext: Buffer) => openedRows.name(vaultKey, id, ciphertext);

  function version(contentId: string, row: VersionRow): FileVersion {
    const details = openedRows.version(vaultKey, versionRow(contentId, row.version), row.details_row);
    const { rendition, total_lines: totalLines, extractor_name: extractorName, extractor_version: extractorVersion } = row;
    return {
      version: row.version,
      createdAt: Number(row.version_created_at),
      size: Number(row.size),
      contentType: details.contentType,
      extension: details.extension,
      sourceSha256: details.sourceSha256,
      extraction: EXTRACTION_STATUSES.find((status) => status === row.extraction) ?? 'failed',
      extractionReason: details.extractionReason,
      extractor: extractorName === null || extractorVersion === null ? null : { name: extractorName, version: extractorVersion },
      rendition:
        rendition === null || totalLines === null || details.renditionSha256 === null
          ? null
          : { artefact: rendition, sha256: details.renditionSha256, totalLines },
    };
  }

  return {
    version,
    site(row) {
      const role = roleIn(row.site_id);
      return {
        siteId: row.site_id,
        ...nameOf(row.site_id, row.name_row),
        relationship: role === 'owner' ? 'owner' : 'shared',
        role,
        accepted: true,
        readOnly: false,
        counts: { files: row.files, folders: row.folders },
        updatedAt: Number(row.updated_at),
        permissions: permissionsOf(role),
      };
    },
    item(row) {
      return {
        contentId: row.content_id,
        kind: row.kind,
        siteId: row.site_id,
        parentId: row.container_id === row.site_id ? null : row.container_id,
        ...nameOf(row.content_id, row.name_row),
        path: row.path.map((contentId, depth) => ({ contentId, name: ancestorName(contentId, row.path_rows[depth]) })),
        createdAt: Number(row.created_at),
        updatedAt: Number(row.updated_at),
        file: row.version === null ? null : { current: version(row.content_id, row), versionCount: row.version + 1 },
        revision: row.revision,
      };
    },
  };

  function roleIn(siteId: string): SiteRole {
    const role = roles.roleIn(siteId);
    if (role === null) throw new Error('a site was read in which the caller has no role');
    return role;
  }

  function ancestorName(contentId: string, ciphertext: Buffer | null | undefined): string {
    return ciphertext ? nameOf(contentId, ciphertext).name : ERASED;
  }
}
