import { byIndex, type Fail, type OpenBundle, type OpenRecord } from './opened.ts';
import { scopeOf } from './scope.ts';

/**
 * `groupSeq` and `groupPrev` along each group. Where the scope is complete (its groups, or every index of a range)
 * a gap is a failure; a group opens with 1 unless it may have begun before the range. Elsewhere neighbours must agree.
 */
export function checkChains(bundle: OpenBundle, fail: Fail): void {
  const { scope } = bundle.manifest.predicate;
  const { holds } = scopeOf(bundle);
  const mayOpenLater = scope.type === 'selection' || (scope.type === 'range' && scope.first > 0);
  for (const group of Map.groupBy(byIndex(bundle.records), ({ read }) => read.event.correlationid).values()) {
    let previous: OpenRecord | null = null;
    for (const record of group) {
      const complete = scope.type !== 'selection' && holds(record) && (previous === null || holds(previous));
      if (previous !== null) checkNeighbours(previous, record, complete, fail);
      else if (complete && !mayOpenLater && record.read.seal.groupSeq !== 1)
        fail(record.file, record.read.event.id, `groupSeq ${record.read.seal.groupSeq} opens the group`);
      previous = record;
    }
  }
}

function checkNeighbours(previous: OpenRecord, record: OpenRecord, complete: boolean, fail: Fail): void {
  const [before, after] = [previous.read.seal.groupSeq, record.read.seal.groupSeq];
  const { id } = record.read.event;
  if (complete ? after !== before + 1 : after <= before) fail(record.file, id, `groupSeq ${after} follows ${before}`);
  const follows = record.read.seal.groupPrev === `sha256:${previous.line.leafHash.toString('hex')}`;
  if (after === before + 1 && !follows) fail(record.file, id, 'groupPrev does not match');
}
