import type { ContentItem, ContentReads } from './ports.ts';

/** An item as it was after so many events of its stream: what a decision on it can be held to. */
export type ItemAtRevision = ContentItem & { readonly revision: number };

/** {@link ContentReads} that also say at which revision they read. */
export interface ContentTreeReads extends ContentReads {
  findContent(contentId: string): Promise<ItemAtRevision | null>;
  listChildren(siteId: string, parentId: string | null): Promise<readonly ItemAtRevision[]>;
}
