import type { Facts } from '#event-store';
import type { Refusal } from '#kernel';
import type { Testimony } from '#tools';

/** What was decided about a call, before anything is written or said. */
export type Verdict =
  | {
      readonly outcome: 'answered';
      /** The answer without `evidence`, which only the commit can give. */
      readonly output: Readonly<Record<string, unknown>>;
      /** Of a governed tool: the answer carries `evidence`, which is null where nothing was delivered. */
      readonly governed: boolean;
      /** Null: audit-only. */
      readonly testimony: Testimony | null;
      /** Domain facts, committed with the call record in one append. */
      readonly facts: Facts;
    }
  | {
      readonly outcome: 'refused' | 'failed';
      readonly refusal: Refusal;
      /** Of the question that the refusal asks, or of one that it ends: nothing of what was refused. */
      readonly facts: Facts;
    };

export const NO_FACTS: Facts = { streams: [], vault: [] };

export function answeredAudit(output: Readonly<Record<string, unknown>>): Verdict {
  return { outcome: 'answered', output, governed: false, testimony: null, facts: NO_FACTS };
}

export function answeredGoverned(output: Readonly<Record<string, unknown>>, testimony: Testimony | null): Verdict {
  return { outcome: 'answered', output, governed: true, testimony, facts: NO_FACTS };
}

export function refused(refusal: Refusal, facts: Facts = NO_FACTS): Verdict {
  return { outcome: 'refused', refusal, facts };
}
