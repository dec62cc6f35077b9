import type { StoredEvent } from '#event-store';
import { LIMITS } from '#kernel';
import { fileStream, siteStream } from '../../streams.ts';

export type NewSite = { readonly siteId: string; readonly organization: string };

/** A version as it was saved, or as it was read later. `rendition`: address of its text; null while there is none. */
export type NewVersion = {
  readonly contentId: string;
  readonly organization: string;
  readonly version: number;
  readonly rendition: string | null;
  readonly bytes: number;
};

/** What is indexed in one step: sites first, then versions, each of another file. */
export type Portion = { readonly sites: readonly NewSite[]; readonly versions: readonly NewVersion[] };

const HANDLES: ReadonlySet<string> = new Set([...siteStream.types, ...fileStream.types]);

/** Whether events of this type change the index. */
export function handlesEvent(type: string): boolean {
  return HANDLES.has(type);
}

/** What the events mean for the index, in their order, in steps of bounded size. Where the steps end makes no difference to the index. */
export function portionsOf(events: readonly StoredEvent[]): Portion[] {
  const portions: { sites: NewSite[]; versions: NewVersion[] }[] = [{ sites: [], versions: [] }];
  for (const event of events) {
    const open = portions.at(-1);
    const site = newSite(event);
    if (site !== null) open?.sites.push(site);
    const version = newVersion(event);
    if (version === null) continue;
    if (open !== undefined && hasRoom(open.versions, version)) open.versions.push(version);
    else portions.push({ sites: [], versions: [version] });
  }
  return portions;
}

function hasRoom(versions: readonly NewVersion[], next: NewVersion): boolean {
  if (versions.length === 0) return true;
  const bytes = versions.reduce((sum, version) => sum + version.bytes, next.bytes);
  const known = versions.some(({ contentId }) => contentId === next.contentId);
  return !known && versions.length < LIMITS.indexedTogether && bytes <= LIMITS.indexedTogetherBytes;
}

function newSite({ type, body, organization }: StoredEvent): NewSite | null {
  if (!siteStream.types.includes(type)) return null;
  return { siteId: siteStream.parse(type, JSON.parse(body.toString('utf8'))).data.siteId, organization };
}

function newVersion({ type, body, organization }: StoredEvent): NewVersion | null {
  if (!fileStream.types.includes(type)) return null;
  const event = fileStream.parse(type, JSON.parse(body.toString('utf8')));
  if (event.type === 'FileCreated') return null;
  const { contentId, version, rendition } = event.data;
  // A document gets its text after it was saved, and that text may be of any size.
  const bytes = event.type === 'FileSaved' ? event.data.size : (event.data.characters ?? 0);
  return { contentId, organization, version, rendition: rendition?.artefact ?? null, bytes };
}
