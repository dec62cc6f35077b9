import { type GroupState, groupKey, groupValue, updateMap } from '../group-map.ts';
import { isGroupOfOne } from '../groups.ts';
import type { MapPage } from '../map-page.ts';
import { groupAfter } from '../sealing.ts';
import type { Fail, OpenBundle } from './opened.ts';

/** In a range from 0 the group map is a function of the records: every map leaf of the range is computed anew. */
export function replayMap({ records, mapLeaves, checkpoint }: OpenBundle, last: number, fail: Fail): void {
  if (checkpoint === null) return;
  const groups = new Map<string, GroupState>();
  const pages = new Map<string, MapPage>();
  let touched = new Map<string, GroupState>();
  const lines = [...records, ...mapLeaves].filter(({ line }) => line.index <= last).sort((a, b) => a.line.index - b.line.index);
  for (const entry of lines) {
    if ('read' in entry) {
      const group = entry.read.event.correlationid;
      if (isGroupOfOne(group)) continue;
      const state = groupAfter(groups.get(group) ?? null, entry.line);
      groups.set(group, state);
      touched.set(group, state);
      continue;
    }
    const update = updateMap(
      pages,
      Array.from(touched, ([id, state]) => ({ key: groupKey(checkpoint.origin, id), value: groupValue(state) })),
    );
    for (const [prefix, page] of update.changedPages) pages.set(prefix, page);
    touched = new Map();
    if (!update.root.equals(entry.statement.root)) fail(entry.file, null, `the map leaf at index ${entry.line.index} is not the map of the records before it`);
  }
}
