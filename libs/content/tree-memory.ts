import { LIMITS } from '#kernel';
import { createLru } from './lru.ts';
import { fileStream, folderStream } from './streams.ts';
import type { ItemAtRevision } from './tree.ts';

/** What an answer from memory depends on: it is true as long as the stream holds so many events. */
export type Reliance = { readonly stream: string; readonly revision: number };

/**
 * Items that this process has read before. An item remembered may be out of date, so whoever answers from it asserts
 * its stream's revision in the commit and, where that fails, forgets it and asks again: reads stay exact across
 * processes without asking the database first. Kept for one value of the organisation's authority counter only, which
 * every change of who may see what, and every erasure, raises.
 */
export type TreeMemory = {
  find(contentId: string, authority: number): ItemAtRevision | undefined;
  keep(item: ItemAtRevision, authority: number): void;
  forget(contentId: string): void;
};

export function createTreeMemory(): TreeMemory {
  const kept = createLru<{ readonly item: ItemAtRevision; readonly authority: number } | null>({ capacity: LIMITS.itemsRemembered, weigh: () => 1 });
  return {
    find(contentId, authority) {
      const known = kept.get(contentId);
      return known?.authority === authority ? known.item : undefined;
    },
    keep: (item, authority) => kept.set(item.contentId, { item, authority }),
    forget: (contentId) => kept.set(contentId, null),
  };
}

export function relianceOn({ kind, contentId, revision }: ItemAtRevision): Reliance {
  return { stream: (kind === 'file' ? fileStream : folderStream).nameOf(contentId), revision };
}
