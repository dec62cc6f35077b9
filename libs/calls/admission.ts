import { type Clock, LIMITS, type Refusal, refuse } from '#kernel';
import type { Caller } from '#tools';
import type { Buckets, CallLimit } from './admission-buckets.ts';

export type Admitted =
  | { readonly outcome: 'admitted' }
  /** `recorded`: the first refusal of its window is a record like any other call; the rest are counted. */
  | { readonly outcome: 'refused'; readonly refusal: Refusal; readonly recorded: boolean };

/** The step between authentication and everything else: whether this call still fits into its limits. */
export interface Admission {
  admit(caller: Caller): Promise<Admitted>;
}

const ADMITTED: Admitted = { outcome: 'admitted' };

export const unlimited: Admission = { admit: async () => ADMITTED };

/**
 * Limits of each credential and, LIMITS.organizationCredentials times as high, of each organisation. Shared by all processes on one database, at the price of no commit a call: each process takes calls from the
 * shared buckets in advance, a twentieth of the limit at a time, and asks for more in the background before they run out.
 * What was taken is gone from the bucket, so all processes together never admit more than it held; a process that took
 * calls and rests keeps them, so a limit may seem used up by one such part per process too early, and calls kept over a
 * rest may come on top of a bucket that has filled up since, at most one such part per process.
 * A refusal asks nobody: until the bucket holds a call again, it is answered from memory.
 */
export function admission(
  limit: CallLimit,
  house: {
    readonly buckets: Buckets;
    readonly clock: Clock;
    /** Told of every refusal that is not a record. */
    readonly counted: (caller: Caller) => void;
  },
): Admission {
  const ofCredential = holdings(limit, house);
  const ofOrganization = holdings({ ...limit, calls: limit.calls * LIMITS.organizationCredentials }, house);
  return {
    async admit(caller) {
      const credential = ofCredential(`credential/${caller.credential.id}`);
      const organization = ofOrganization(`organization/${caller.organization}`);
      if (!(await credential.take())) return refusedBy(credential, caller);
      if (await organization.take()) return ADMITTED;
      credential.giveBack();
      return refusedBy(organization, caller);
    },
  };

  function refusedBy(holding: Holding, caller: Caller): Admitted {
    const { retryAt, isFirst } = holding.refusal();
    if (!isFirst) house.counted(caller);
    const retryAfterSeconds = Math.max(1, Math.ceil((retryAt - house.clock()) / 1_000));
    const message = `This limit of calls is used up. Try again in ${retryAfterSeconds} s.`;
    return { outcome: 'refused', refusal: refuse('rate_limited', message, { retryAfterSeconds }), recorded: isFirst };
  }
}

/** What this process holds of one bucket. */
type Holding = {
  /** Resolves to whether there was a call to take. */
  take(): Promise<boolean>;
  giveBack(): void;
  /** When there is a call again; `isFirst` is said once in a window, by all processes together. */
  refusal(): { readonly retryAt: number; readonly isFirst: boolean };
};

function holdings(limit: CallLimit, house: { readonly buckets: Buckets; readonly clock: Clock }): (bucket: string) => Holding {
  const known = new Map<string, Holding>();
  return (bucket) => {
    const found = known.get(bucket);
    if (found !== undefined) return found;
    if (known.size >= LIMITS.limitsRemembered) known.delete(known.keys().next().value ?? '');
    const made = holding(bucket, limit, house);
    known.set(bucket, made);
    return made;
  };
}

function holding(bucket: string, limit: CallLimit, { buckets, clock }: { readonly buckets: Buckets; readonly clock: Clock }): Holding {
  const part = Math.min(Math.ceil(limit.calls / LIMITS.callsLeasedPart), LIMITS.callsLeasedMost);
  let left = 0;
  let emptyUntil = 0;
  let firstRefusal = false;
  let leasing: Promise<void> | null = null;

  async function lease(): Promise<void> {
    try {
      const now = clock();
      const { granted, nextAt, isFirstRefusal } = await buckets.lease(bucket, limit, part, now);
      left += granted;
      if (granted === 0) emptyUntil = Math.max(nextAt, now + LIMITS.leaseMilliseconds);
      if (isFirstRefusal) firstRefusal = true;
    } finally {
      leasing = null;
    }
  }

  function leaseAhead(): void {
    if (left * 2 >= part || leasing !== null || clock() < emptyUntil) return;
    leasing = lease();
    // Whoever finds nothing left hears of it; whoever still had a call need not wait for it.
    leasing.catch(() => undefined);
  }

  return {
    async take() {
      for (let attempt = 0; attempt < LIMITS.leaseAttempts; attempt++) {
        if (left > 0) {
          left -= 1;
          leaseAhead();
          return true;
        }
        if (clock() < emptyUntil) return false;
        leasing ??= lease();
        await leasing;
      }
      return false;
    },
    giveBack() {
      left += 1;
    },
    refusal() {
      const isFirst = firstRefusal;
      firstRefusal = false;
      return { retryAt: emptyUntil, isFirst };
    },
  };
}
