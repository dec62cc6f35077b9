import { type AppendRequest, type EventAppender, StoreUnavailable } from '#event-store';
import { type Clock, LIMITS, type RandomBytes, timestamp } from '#kernel';
import { controlRecord, type Requester } from './control-record.ts';
import type { LogIdentities } from './log-identity.ts';

/** Whose calls were denied: those of a credential that a limit refused, or of an address that showed no valid credential. */
export type Denied =
  | { readonly kind: 'limit'; readonly organization: string; readonly user: string; readonly credential: string }
  | { readonly kind: 'credential'; readonly address: string };

export type DenialsHouse = {
  readonly store: EventAppender;
  readonly identities: LogIdentities;
  /** The organisation whose log is the deployment's own; makes it where there is none yet. */
  readonly systemOrganization: () => Promise<string>;
  readonly clock: Clock;
  readonly random: RandomBytes;
};

type Count = { readonly denied: Denied; count: number; readonly from: number; to: number };

/**
 * Counts what was denied, by source, and turns the counts into `access.denied` records: of a limit in the log of the
 * credential's organisation, of a missing credential in that of the deployment, with the address among the people that
 * a redacted export withholds. Whoever is denied causes no commit: `flush` is one for each log, once a minute. What was
 * counted since the last flush ends with a process that is killed.
 */
export function denials(house: DenialsHouse) {
  let counts = new Map<string, Count>();

  return {
    note(denied: Denied): void {
      const at = house.clock();
      const source = sourceOf(denied);
      const known = counts.has(source) || counts.size < LIMITS.deniedSources;
      add(counts, known ? source : ELSEWHERE, { denied: known ? denied : { kind: 'credential', address: ELSEWHERE }, count: 1, from: at, to: at });
    },

    /** What cannot be recorded now is counted on. */
    async flush(): Promise<void> {
      const counted = counts;
      counts = new Map();
      const byKind = Map.groupBy(counted, ([, { denied }]) => (denied.kind === 'limit' ? denied.organization : null));
      const failures: unknown[] = [];
      for (const [organization, entries] of byKind) {
        try {
          const all = entries.map(([, count]) => count);
          await record(house, organization ?? (await house.systemOrganization()), all);
        } catch (error) {
          for (const [source, count] of entries) add(counts, source, count);
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** All sources beyond LIMITS.deniedSources in a minute are one. */
const ELSEWHERE = 'elsewhere';

function sourceOf(denied: Denied): string {
  return denied.kind === 'limit' ? `limit ${denied.credential}` : `credential ${denied.address}`;
}

function add(counts: Map<string, Count>, source: string, more: Count): void {
  const known = counts.get(source);
  counts.set(
    source,
    known === undefined ? more : { ...known, count: known.count + more.count, from: Math.min(known.from, more.from), to: Math.max(known.to, more.to) },
  );
}

async function record({ store, identities, clock, random }: DenialsHouse, organization: string, counts: readonly Count[]): Promise<void> {
  const identity = await identities.of(organization);
  const requests = counts.map(({ denied, count, from, to }) => {
    const about = { count, from: timestamp(from), to: timestamp(to) };
    return controlRecord(identity, requesterOf(denied), { kind: 'access.denied', about, reason: REASONS[denied.kind] }, { clock, random }).request;
  });
  const result = await store.append(together(organization, requests));
  if (result.outcome !== 'appended') throw new StoreUnavailable(`the stream of a new record exists: ${result.outcome}`, 'none');
}

const REASONS: Readonly<Record<Denied['kind'], string>> = { limit: 'rate_limited', credential: 'unauthenticated' };

function requesterOf(denied: Denied): Requester {
  return denied.kind === 'limit'
    ? { actor: denied.user, email: null, client: null, authid: denied.credential, authtype: 'api_key', assert: {} }
    : { actor: null, email: null, client: denied.address, authid: null, authtype: null, assert: {} };
}

function together(organization: string, requests: readonly AppendRequest[]): AppendRequest {
  return { organization, streams: requests.flatMap(({ streams }) => streams), vault: requests.flatMap(({ vault }) => vault ?? []) };
}
