import type { ContentItem, ExportScope } from '#ledger';
import {
  answerRecord,
  callRecord,
  controlRecord,
  delivery,
  exportBundle,
  type FixtureRecord,
  leafHashOf,
  type MemoryLog,
  memoryLog,
  refusedRecord,
} from '../support/ledger-fixture.ts';
import type { Chance } from './chance.ts';

/** Bundles as an honest exporter makes them: of a log that chance has filled, with any scope and profile. */
export type Honest = {
  readonly bundle: Buffer;
  /** A checkpoint of the same log that the auditor holds from before; null where none. */
  readonly held: string | null;
  readonly says: string;
};

const PROFILES = ['full', 'redacted', 'hashes'] as const;
const TASKS = ['case-1', 'case-2', 'case-3'];
const PEOPLE = ['usr_ada', 'usr_bob'];

export function honestBundle(chance: Chance): Honest {
  const log = memoryLog();
  const calls: FixtureRecord[] = [];
  for (let batch = 0; batch <= chance.below(4); batch++) log.seal(batchOf(log, chance, calls));
  for (const call of calls) if (chance.oneIn(6)) log.seal([erasureOf(log, call)]);
  if (chance.oneIn(2)) log.seal(batchOf(log, chance, calls));
  const scope = scopeOf(log, chance, calls);
  const profile = chance.pick(PROFILES);
  const older = log.checkpoints.map((note) => Number(note.split('\n')[1]));
  const from = older.filter(() => chance.oneIn(3));
  const bundle = exportBundle(log, { scope, profile, from });
  const joined = log.checkpoints.filter((note) => [...from, log.size()].includes(Number(note.split('\n')[1])));
  const held = chance.oneIn(2) ? chance.pick(joined) : null;
  return { bundle, held, says: `${JSON.stringify(scope)} in profile ${profile}` };
}

function batchOf(log: MemoryLog, chance: Chance, calls: FixtureRecord[]): FixtureRecord[] {
  const batch = Array.from({ length: 1 + chance.below(6) }, () => {
    const options = { external: chance.oneIn(5) ? null : chance.pick(TASKS), user: chance.pick(PEOPLE) };
    const kind = chance.below(6);
    if (kind === 0) return refusedRecord(log, options);
    if (kind === 1) return controlRecord(log, 'hold.placed', { holdId: `hld_${chance.below(100)}` });
    if (kind === 2) return callRecord(log, { ...options, data: { content: itemsOf(chance), kind: 'chunks' } });
    const read = calls.filter(({ event }) => options.external !== null && event.data.class === 'governed');
    const cited = read.find((call) => call.groupId === callRecord(log, options).groupId && isWholeRead(call));
    return kind === 3 && cited !== undefined ? answerRecord(log, cited, options) : callRecord(log, options);
  });
  calls.push(...batch.filter(({ event }) => event.data.class !== 'control'));
  return batch;
}

/** What {@link answerRecord} cites: lines 130-131 of the first item. */
function isWholeRead({ event }: FixtureRecord): boolean {
  return event.data.class === 'governed' && event.data.kind === 'line_range';
}

function itemsOf(chance: Chance): ContentItem[] {
  return Array.from({ length: 1 + chance.below(3) }, (_, at) => {
    const item = delivery(`con_${chance.below(9)}`, chance.below(4), 1 + 10 * at, 5 + 10 * at);
    return chance.oneIn(4) ? { ...item, range: null } : item;
  });
}

function erasureOf(log: MemoryLog, record: FixtureRecord): FixtureRecord {
  const { event, groupId } = record;
  const about = { basis: 'gdpr_17', leafHash: leafHashOf(log, record), recordId: event.id };
  return controlRecord(log, 'record.erased', about, groupId.startsWith('call_') ? undefined : groupId);
}

function scopeOf(log: MemoryLog, chance: Chance, calls: readonly FixtureRecord[]): ExportScope {
  const kind = chance.below(5);
  if (kind === 0) return { type: 'selection', query: chance.pick(['line_range', 'cited_answer', 'chunks', 'record.erased']) };
  if (kind <= 2) {
    const first = kind === 1 ? 0 : chance.below(log.size());
    return { type: 'range', first, last: first + chance.below(log.size() - first) };
  }
  const groups = new Set(calls.map(({ groupId }) => groupId));
  if (log.groups.has('cor_control')) groups.add('cor_control');
  const chosen = [...groups].filter(() => chance.oneIn(2));
  return { type: 'groups', groups: chosen.length > 0 ? chosen : [...groups].slice(0, 1) };
}
