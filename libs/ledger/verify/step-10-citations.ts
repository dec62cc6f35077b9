import { type Citation, isControl } from '../leaf.ts';
import { byIndex, type OpenBundle, type OpenRecord, type Step } from './opened.ts';

/** Citation closure: every citation points to lines that a record of the same group delivered, before or in the answer itself. */
export const checkCitations: Step = (bundle, fail) => {
  for (const { answer, citation, cited, outside } of citationsIn(bundle)) {
    const problem = outside ? null : problemOf(answer, citation, cited);
    if (problem !== null) fail(answer.file, answer.read.event.id, `citation ${citation.marker} ${problem}`);
  }
  return undefined;
};

/** Citations whose delivery lies outside what the bundle holds: not failures, but not checked either. */
export function uncheckedCitations(bundle: OpenBundle): number {
  return citationsIn(bundle).filter(({ outside }) => outside).length;
}

type Cited = { readonly answer: OpenRecord; readonly citation: Citation; readonly cited: OpenRecord | null; readonly outside: boolean };

/** `outside`: the delivery is not in the bundle, and may be among earlier records of the group that the bundle does not hold. */
function citationsIn({ records }: OpenBundle): Cited[] {
  const byId = new Map(records.map((record) => [record.read.event.id, record]));
  const earlier = new Map<string, number>();
  return byIndex(records).flatMap((answer) => {
    const { event, seal } = answer.read;
    const held = earlier.get(event.correlationid) ?? 0;
    earlier.set(event.correlationid, held + 1);
    const holdsAllEarlier = held >= seal.groupSeq - 1;
    return citationsOf(answer).map((citation) => {
      const cited = byId.get(citation.recordId) ?? null;
      return { answer, citation, cited, outside: cited === null && !holdsAllEarlier };
    });
  });
}

function citationsOf({ read }: OpenRecord): readonly Citation[] {
  return isControl(read.event) ? [] : read.event.data.citations;
}

function problemOf(answer: OpenRecord, citation: Citation, cited: OpenRecord | null): string | null {
  if (cited === null || isControl(cited.read.event) || cited.read.event.data.outcome !== 'answered') return 'points to no delivery of the group';
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
