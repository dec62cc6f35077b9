import { MAP } from '../bundle-files.ts';
import { type GroupState, groupKey, groupValue, updateMap } from '../group-map.ts';
import { isGroupOfOne } from '../groups.ts';
import type { MapPage } from '../map-page.ts';
import { groupAfter } from '../sealing.ts';
import type { Fail, OpenBundle } from './opened.ts';

/**
 * In a range from 0 the group map is a function of the records: every map leaf is computed anew, as far as no index is
 * missing, up to map.json itself where the bundle holds the whole log.
 */
export function replayMap({ records, mapLeaves, map, checkpoint }: OpenBundle, fail: Fail): void {
  if (checkpoint === null) return;
  const recordAt = new Map(records.map((record) => [record.line.index, record]));
  const statements = new Map(mapLeaves.map(({ file, line, statement }) => [line.index, { file, root: statement.root }]));
  if (map !== null) statements.set(checkpoint.size - 1, { file: MAP, root: map.root });
  const groups = new Map<string, GroupState>();
  const pages = new Map<string, MapPage>();
  const touched = new Set<string>();
  for (let index = 0; recordAt.has(index) || statements.has(index); index++) {
    const record = recordAt.get(index);
    const group = record?.read.event.correlationid;
    if (record !== undefined && group !== undefined && !isGroupOfOne(group)) {
      groups.set(group, groupAfter(groups.get(group) ?? null, record.line));
      touched.add(group);
    }
    const stated = statements.get(index);
    if (stated === undefined) continue;
    const update = updateMap(pages, changesOf(checkpoint.origin, touched, groups));
    for (const [prefix, page] of update.changedPages) pages.set(prefix, page);
    touched.clear();
    if (!update.root.equals(stated.root)) fail(stated.file, null, `the map leaf at index ${index} is not the map of the records before it`);
  }
}

function changesOf(origin: string, touched: ReadonlySet<string>, groups: ReadonlyMap<string, GroupState>) {
  return [...touched].flatMap((id) => {
    const state = groups.get(id);
    return state === undefined ? [] : [{ key: groupKey(origin, id), value: groupValue(state) }];
  });
}
