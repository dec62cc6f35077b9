import { type EventStore, StoreUnavailable } from '#event-store';
import { authorityCounter, type Principal, type Principals } from '#identity';
import { type Clock, isRefusal, LIMITS, type RandomBytes, type Refusal, refuse } from '#kernel';
import { type Catalogue, type CatalogueEntry, readArguments } from '#tools';
import type { Admission, Admitted } from './admission.ts';
import type { Call, CallAnswer } from './call.ts';
import { correlate, correlationOrAlone } from './correlation.ts';
import { decide } from './decide.ts';
import { mcpOff, readOnlyDenies } from './policy.ts';
import { type CallRecord, type RecordedCall, writeRecord } from './record.ts';
import { release, said } from './release.ts';
import { findTool, mayUse } from './requirements.ts';
import { NO_FACTS, refused, type Verdict } from './verdict.ts';
import { Overtime, withinTime } from './within-time.ts';

/** The ports of one call. */
export type OpenPorts = {
  readonly ports: unknown;
  /** Streams that were not read but remembered: the answer is true while they hold so many events, and the commit asserts it. */
  reliedOn(): readonly { readonly stream: string; readonly revision: number }[];
  /** Told when that was not so: the next call asks anew. */
  forget(): void;
};

/** The house a call is answered in. */
export type House = {
  readonly catalogue: Catalogue;
  readonly principals: Pick<Principals, 'of' | 'ofNow' | 'forget'>;
  readonly admission: Admission;
  readonly events: EventStore;
  /** What a pack's tools may ask for, made for one principal. */
  readonly openPorts: (pack: string, principal: Principal) => Promise<OpenPorts>;
  /** Where people and agents reach us, without a slash at its end. */
  readonly publicUrl: string;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Told of every defect and outage behind a `failed` call, with the id the caller was given. */
  readonly report: (defect: unknown, recordId: string) => void;
};

/**
 * The life of a call, from its credential to its release. Every authenticated call leaves exactly one record, in the
 * same commit as whatever it changed and before anything of the answer leaves (promises 1 and 2). The decision is made
 * on one snapshot of authority and asserts it: where that has moved on, the call is decided again from fresh data.
 * Of the calls that a limit refuses, the first of each window is such a record; the rest are its count.
 */
export async function callTool(call: Call, house: House): Promise<CallAnswer> {
  let admitted: Admitted | null = null;
  try {
    for (let attempt = 1; attempt <= LIMITS.decisionAttempts; attempt++) {
      const principal = await house.principals.of(call.secret);
      if (principal === null || principal.keyType !== 'mcp') return { outcome: 'unauthenticated' };
      admitted ??= await house.admission.admit(principal.caller);
      if (admitted.outcome === 'refused' && !admitted.recorded) return unrecorded(admitted.refusal);

      const entry = findTool(call, house.catalogue, principal);
      const correlation = correlate(call, { correlationKey: principal.keys.correlation, user: principal.caller.user });
      const recorded = { call, principal, entry, correlation: correlationOrAlone(correlation, call), arguments: call.arguments };

      const refusal = admitted.outcome === 'refused' ? admitted.refusal : isRefusal(correlation) ? correlation : null;
      const answer = refusal === null ? await answerOrRefuse(recorded, house) : { verdict: refused(refusal), recorded, opened: null };
      const committed = await commit(answer, house);
      if (committed !== 'decide again') return committed;
    }
    return unrecorded(refuse('unavailable', 'Too many changes happened at once. Try again.', { retryAfterSeconds: 1 }));
  } catch (outage) {
    house.report(outage, call.recordId);
    return unrecorded(
      refuse('unavailable', 'The call could not be recorded, so it was not answered. Try again shortly.', { retryAfterSeconds: RETRY_SECONDS }),
    );
  }
}

const RETRY_SECONDS = 2;

type Answer = { readonly verdict: Verdict; readonly recorded: RecordedCall; readonly opened: OpenPorts | null };

/** MCP at all, tool, scope, arguments, policy, then the tool itself: the first that refuses is the answer. */
async function answerOrRefuse(recorded: RecordedCall, house: House): Promise<Answer> {
  const { call, principal, entry } = recorded;
  const no = (refusal: Refusal) => ({ verdict: refused(refusal), recorded, opened: null });
  if (call.malformed !== null) return no(refuse('invalid_params', call.malformed));
  const off = mcpOff(principal);
  if (off !== null) return no(off);
  if (entry === null) return no(refuse('unknown_tool', 'There is no such tool.'));
  const forbidden = mayUse(entry, principal);
  if (forbidden !== null) return no(forbidden);
  const input = readArguments(entry.tool.input, call.arguments);
  if (isRefusal(input)) return no(input);
  const denied = readOnlyDenies(entry, principal);
  if (denied !== null) return no(denied);
  const opened = await house.openPorts(entry.pack, principal);
  return { verdict: await ask(entry, input, opened, recorded, house), recorded: { ...recorded, arguments: input }, opened };
}

/** The tool's own answer. What it throws is a defect or an outage: recorded as `failed`, told in our words only. */
async function ask(entry: CatalogueEntry, input: Record<string, unknown>, { ports }: OpenPorts, recorded: RecordedCall, house: House): Promise<Verdict> {
  try {
    return await withinTime(LIMITS.callMilliseconds, decide(entry, input, ports, recorded, house));
  } catch (defect) {
    if (defect instanceof StoreUnavailable) throw defect;
    house.report(defect, recorded.call.recordId);
    return { outcome: 'failed', refusal: failure(defect), facts: NO_FACTS };
  }
}

function failure(defect: unknown): Refusal {
  if (defect instanceof Overtime) return refuse('timeout', 'The call took too long and was stopped. Ask for less at a time.');
  return refuse('internal', 'The call could not be completed. Give the trace id to whoever runs this server.');
}

/** One atomic append of domain facts and call record, then the release; or word that the ground has moved. */
async function commit({ recorded, verdict, opened }: Answer, house: House): Promise<CallAnswer | 'decide again'> {
  const { principal } = recorded;
  const { organization } = principal.caller;
  const structuredContent = said(verdict, recorded.call.recordId);
  const record: CallRecord = writeRecord(recorded, verdict, structuredContent, house);
  const { facts } = verdict;
  const written = new Set(facts.streams.map(({ stream }) => stream));
  const relied = (opened?.reliedOn() ?? [])
    .filter(({ stream }) => !written.has(stream))
    .map(({ stream, revision }) => ({ stream, expected: revision, events: [] }));
  const result = await house.events.append({
    organization,
    streams: [...facts.streams, ...relied, { stream: `calls.call-${recorded.call.recordId}`, expected: 0, events: [record.event] }],
    assert: { [authorityCounter(organization)]: principal.authority },
    vault: [...facts.vault, record.disclosures],
  });
  if (result.outcome === 'appended') return release(verdict, structuredContent, record.reference);
  if (result.outcome === 'stale') house.principals.forget(organization);
  else opened?.forget();
  return 'decide again';
}

function unrecorded(refusal: Refusal): CallAnswer {
  return { outcome: 'unrecorded', refusal };
}
