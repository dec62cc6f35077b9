import { type Admission, admission, type CallLimit, sharedBuckets, unlimited } from '#calls';
import type { EventAppender, Sql } from '#event-store';
import { type Denied, denials } from '#evidence';
import { ensureSystemLog, type logIdentities, SYSTEM_ORGANIZATION } from '#identity';
import { LIMITS } from '#kernel';
import type { Deployment } from './deployment.ts';
import type { Log } from './logging.ts';
import { systemClock, systemRandom } from './system.ts';

export type Gatekeeping = {
  readonly admission: Admission;
  readonly noteDenied: (denied: Denied) => void;
  /** Records what was counted and is not recorded yet. */
  close(): Promise<void>;
};

/** Keeps callers within their limits, and makes records of how many were turned away, once a minute. */
export function gatekeeping(house: {
  readonly sql: Sql;
  readonly events: EventAppender;
  readonly identities: ReturnType<typeof logIdentities>;
  readonly deployment: Deployment;
  /** Null: no limit. */
  readonly callLimit: CallLimit | null;
  readonly log: Log;
}): Gatekeeping {
  const { sql, events, identities, deployment, callLimit, log } = house;
  const means = { clock: systemClock, random: systemRandom };
  const buckets = sharedBuckets(sql);
  const counted = denials({ store: events, identities, systemOrganization, ...means });

  async function systemOrganization(): Promise<string> {
    await ensureSystemLog(events, { ...means, deploymentKey: deployment.key, deploymentName: deployment.name });
    return SYSTEM_ORGANIZATION;
  }

  const flush = () => counted.flush().catch((error: unknown) => log.warn('denied calls not recorded yet', { error }));
  const sweep = () => buckets.sweep(systemClock()).catch((error: unknown) => log.warn('call limits not swept', { error }));
  const timers = [setInterval(() => void flush(), LIMITS.denialsMilliseconds), setInterval(() => void sweep(), LIMITS.limitSweepMilliseconds)];
  for (const timer of timers) timer.unref();

  return {
    admission:
      callLimit === null
        ? unlimited
        : admission(callLimit, {
            buckets,
            clock: systemClock,
            counted: ({ organization, user, credential }) => counted.note({ kind: 'limit', organization, user, credential: credential.id }),
          }),
    noteDenied: counted.note,
    async close() {
      for (const timer of timers) clearInterval(timer);
      await flush();
    },
  };
}
