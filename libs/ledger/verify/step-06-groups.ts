import { groupFile } from '../bundle-files.ts';
import { groupKey, groupValue, verifyMapProof } from '../group-map.ts';
import { isGroupOfOne } from '../groups.ts';
import { exactly, hash, integer, listOf, readCanonical, readUtf8 } from '../reading.ts';
import { Rejected } from '../rejected.ts';
import { fileOf } from './open.ts';
import { attempt, byIndex, type Fail, type OpenBundle, type OpenRecord, type Step } from './opened.ts';
import { scopeOf } from './scope.ts';

const GROUP = exactly({ count: integer, first: integer, head: hash, last: integer, mapProof: listOf(hash) });

/** Each group of the scope under the map root, with exactly its records in the bundle; no other group. */
export const checkGroups: Step = (bundle, fail) => {
  const { scope } = bundle.manifest.predicate;
  if (scope.type !== 'groups') return 'not_applicable';
  const groups = new Set(scope.groups);
  if (groups.size === 0 || groups.size !== scope.groups.length) fail(null, null, 'the scope names no group, or one twice');
  const records = Map.groupBy(byIndex(bundle.records), ({ read }) => read.event.correlationid);
  for (const group of groups) {
    if (isGroupOfOne(group)) checkGroupOfOne(group, records.get(group) ?? [], fail);
    else checkGroup(bundle, group, records.get(group) ?? [], fail);
  }
  const { holds, isAttached } = scopeOf(bundle);
  for (const record of bundle.records) {
    if (!holds(record) && !isAttached(record))
      fail(record.file, record.read.event.id, `is of group ${record.read.event.correlationid}, which is not in the scope`);
  }
  return undefined;
};

function checkGroup(bundle: OpenBundle, group: string, records: readonly OpenRecord[], fail: Fail): void {
  const file = groupFile(group);
  attempt(fail, file, null, () => {
    const { mapProof, ...state } = GROUP(readCanonical(readUtf8(fileOf(bundle.files, file))), 'group');
    if (bundle.map === null || bundle.checkpoint === null) throw new Rejected('there is no map to find the group in');
    const claim = { key: groupKey(bundle.checkpoint.origin, group), value: groupValue(state), proof: mapProof, root: bundle.map.root };
    if (!verifyMapProof(claim)) fail(file, null, 'is not what the group map of the log states');
    const [first, last] = [records[0], records.at(-1)];
    if (records.length !== state.count) fail(file, null, `the group has ${state.count} records, the bundle holds ${records.length}`);
    if (first !== undefined && first.line.index !== state.first) fail(file, first.read.event.id, `is not the first record, which has index ${state.first}`);
    if (last !== undefined && last.line.index !== state.last) fail(file, last.read.event.id, `is not the last record, which has index ${state.last}`);
    if (last !== undefined && !last.line.leafHash.equals(state.head)) fail(file, last.read.event.id, 'has not the leaf hash of the head of the group');
  });
}

/** Complete by construction: the group's id is its record's (which reading the leaf has checked). */
function checkGroupOfOne(group: string, records: readonly OpenRecord[], fail: Fail): void {
  if (records.length !== 1) fail(null, null, `group ${group} has one record, the bundle holds ${records.length}`);
  for (const { file, read } of records) {
    if (read.seal.groupSeq !== 1) fail(file, read.event.id, 'is a group of one with another groupSeq');
  }
}
