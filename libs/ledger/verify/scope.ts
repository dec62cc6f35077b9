import { type ControlAbout, isControl, type RecordEvent } from '../leaf.ts';
import type { OpenBundle, OpenRecord } from './opened.ts';

/** The erasure a record states; null where it states none. */
export function erasureOf(event: RecordEvent): ControlAbout['record.erased'] | null {
  return isControl(event) && event.data.kind === 'record.erased' ? event.data.about : null;
}

/** The creation of an export a record states; null where it states none. */
export function exportOf(event: RecordEvent): ControlAbout['export.created'] | null {
  return isControl(event) && event.data.kind === 'export.created' ? event.data.about : null;
}

export type ScopeOfBundle = {
  /** Whether a record is of the scope itself. Of a selection nothing can be said. */
  readonly holds: (record: OpenRecord) => boolean;
  /** Records that accompany a scope: the `export.created` of this export, and erasures of records of the scope. */
  readonly isAttached: (record: OpenRecord) => boolean;
};

export function scopeOf({ manifest, records }: OpenBundle): ScopeOfBundle {
  const { scope, exportId } = manifest.predicate;
  const groups = new Set(scope.type === 'groups' ? scope.groups : []);
  const holds = ({ line, read }: OpenRecord) => {
    if (scope.type === 'groups') return groups.has(read.event.correlationid);
    return scope.type === 'range' ? line.index >= scope.first && line.index <= scope.last : true;
  };
  const idsOfScope = new Set(records.filter(holds).map(({ read }) => read.event.id));
  const isAttached = ({ read }: OpenRecord) => exportOf(read.event)?.exportId === exportId || idsOfScope.has(erasureOf(read.event)?.recordId ?? '');
  return { holds, isAttached };
}
