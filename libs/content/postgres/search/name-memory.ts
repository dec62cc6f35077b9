import { LIMITS } from '#kernel';
import { createLru } from '../../lru.ts';
import type { Named } from '../../ports.ts';
import { type SearchableName, searchableName } from '../../retrieval/names.ts';

/** An item of a site as the database has it now; `item` is null where its name has been erased. */
export type NameRow = { readonly contentId: string; readonly parentId: string | null; readonly position: number; readonly item: Omit<Named, 'path'> | null };

/** The names of sites in this process. */
export type NameMemory = {
  /** Up to date: `changes` is asked for what has changed after a position. Everything is read anew after any change of authority, erasures among them. */
  namesOf(siteId: string, authority: number, changes: (after: number) => Promise<readonly NameRow[]>): Promise<readonly SearchableName[]>;
};

type SiteNames = {
  readonly authority: number;
  readonly position: number;
  readonly rows: ReadonlyMap<string, NameRow>;
  readonly names: readonly SearchableName[];
};

/** Names lie encrypted in the database and can be searched only where they are opened: here, as long as there is room. */
export function createNameMemory(): NameMemory {
  const kept = createLru<SiteNames>({ capacity: LIMITS.namesSearched, weigh: ({ rows }) => rows.size });
  return {
    async namesOf(siteId, authority, changes) {
      const known = kept.get(siteId);
      const current = known?.authority === authority ? known : null;
      const changed = await changes(current?.position ?? 0);
      if (current !== null && changed.length === 0) return current.names;
      const rows = new Map(current?.rows);
      for (const row of changed) rows.set(row.contentId, row);
      const position = changed.reduce((most, row) => Math.max(most, row.position), current?.position ?? 0);
      const renewed = { authority, position, rows, names: renew(current, changed, rows) };
      kept.set(siteId, renewed);
      return renewed.names;
    },
  };
}

/** Nothing moves and nothing is renamed, so what has not changed is as searchable as before. */
function renew(current: SiteNames | null, changed: readonly NameRow[], rows: ReadonlyMap<string, NameRow>): SearchableName[] {
  const replaced = new Set(changed.map(({ contentId }) => contentId));
  const kept = (current?.names ?? []).filter(({ item }) => !replaced.has(item.contentId));
  return [...kept, ...changed.flatMap((row) => (row.item === null ? [] : [searchableName({ ...row.item, path: pathOf(row, rows) })]))];
}

function pathOf({ parentId }: NameRow, rows: ReadonlyMap<string, NameRow>): string[] {
  const path: string[] = [];
  for (let above = parentId; above !== null && path.length < LIMITS.folderDepth; ) {
    const folder = rows.get(above);
    if (folder?.item) path.unshift(folder.item.name);
    above = folder?.parentId ?? null;
  }
  return path;
}
