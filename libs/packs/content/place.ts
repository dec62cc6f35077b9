import type { ContentItem, ContentReads, Site, SitePermissions } from '#content';
import { isRefusal, type Refusal, refuse } from '#kernel';
import { invalidArgument } from '#tools';
import { contentNotFound } from './item.ts';
import { siteNotFound } from './site.ts';

/** A site, or a folder in it. */
export type Place = { readonly site: Site; readonly folder: ContentItem | null };
type Asked = { readonly siteId: string; readonly folderId?: string | null | undefined };

export async function findPlace(reads: ContentReads, { siteId, folderId }: Asked): Promise<Place | Refusal> {
  const site = await reads.findSite(siteId);
  if (site === null) return siteNotFound();
  if (folderId === undefined || folderId === null) return { site, folder: null };
  const folder = await reads.findContent(folderId);
  if (folder === null || folder.siteId !== siteId) return contentNotFound('folderId');
  if (folder.kind !== 'folder') return invalidArgument('folderId', 'folderId names a file; it must be a folder.');
  return { site, folder };
}

/** As a person finds it: `HR / Policies`. */
export function placeName({ site, folder }: Place): string {
  return [site.name, ...(folder === null ? [] : [...folder.path.map(({ name }) => name), folder.name])].join(' / ');
}

/** A place this caller may change, or the one condition that is missing: each has its own error (CI-074). */
export async function findWritablePlace(reads: ContentReads, asked: Asked, permission: keyof SitePermissions): Promise<Place | Refusal> {
  const place = await findPlace(reads, asked);
  if (isRefusal(place)) return place;
  if (place.site.readOnly) return refuse('read_only', 'This site is read-only at present.');
  if (place.site.permissions[permission]) return place;
  return refuse('permission_denied', `Your role in this site, ${place.site.role}, does not allow this.`);
}
