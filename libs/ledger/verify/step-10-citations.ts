import { type Citation, isControl } from '../leaf.ts';
import type { Fail, OpenBundle, OpenRecord, Step } from './opened.ts';
import { scopeOf } from './scope.ts';

/** Citation closure: every citation points to lines that a record of the same group delivered, before or in the answer itself. */
export const checkCitations: Step = (bundle, fail) => {
  const byId = new Map(bundle.records.map((record) => [record.read.event.id, record]));
  const { holds } = scopeOf(bundle);
  for (const answer of bundle.records) {
    for (const citation of citationsOf(answer)) {
      const cited = byId.get(citation.recordId) ?? null;
      if (cited === null && mayLieOutside(bundle, holds(answer))) continue;
      checkCitation(answer, citation, cited, fail);
    }
  }
  return undefined;
};

/** Citations whose delivery lies outside what the bundle holds: not failures, but not checked either. */
export function uncheckedCitations(bundle: OpenBundle): number {
  const ids = new Set(bundle.records.map(({ read }) => read.event.id));
  if (!mayLieOutside(bundle, true)) return 0;
  return bundle.records.flatMap(citationsOf).filter(({ recordId }) => !ids.has(recordId)).length;
}

function citationsOf({ read }: OpenRecord): readonly Citation[] {
  return isControl(read.event) ? [] : read.event.data.citations;
}

/** A group is complete, and so is a range from 0; before a later range and beside a selection there may be deliveries. */
function mayLieOutside({ manifest }: OpenBundle, ofScope: boolean): boolean {
  const { scope } = manifest.predicate;
  return !ofScope || scope.type === 'selection' || (scope.type === 'range' && scope.first > 0);
}

function checkCitation(answer: OpenRecord, citation: Citation, cited: OpenRecord | null, fail: Fail): void {
  const problem = problemOf(answer, citation, cited);
  if (problem !== null) fail(answer.file, answer.read.event.id, `citation ${citation.marker} ${problem}`);
}

function problemOf(answer: OpenRecord, citation: Citation, cited: OpenRecord | null): string | null {
  if (cited === null || isControl(cited.read.event)) return 'points to no delivery of the group';
  if (cited.read.event.correlationid !== answer.read.event.correlationid) return 'points to a record of another group';
  if (cited !== answer && cited.read.seal.groupSeq >= answer.read.seal.groupSeq) return 'points to a record that came later';
  const item = cited.read.event.data.content[citation.item];
  if (item === undefined) return 'points to content that was not delivered';
  if (item.contentId !== citation.contentId || item.version !== citation.version) return 'names another content or version than was delivered';
  const range = item.range;
  const inside =
    range !== null && range.unit === 'line' && range.start <= citation.lineStart && citation.lineStart <= citation.lineEnd && citation.lineEnd <= range.end;
  return inside ? null : 'points to lines that were not delivered';
}
