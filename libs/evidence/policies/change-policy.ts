import { type AppendRequest, type EventAppender, type Sql, StoreUnavailable } from '#event-store';
import { changePolicy, type Policy, readPolicy, type SavedPolicy } from '#identity';
import { type Clock, isRefusal, type RandomBytes, type Refusal, refuse, timestamp } from '#kernel';
import { controlRecord, type Requester } from '../control-record.ts';
import type { LogIdentities } from '../log-identity.ts';

export type PolicyHouse = {
  readonly sql: Sql;
  readonly store: EventAppender;
  readonly identities: LogIdentities;
  /** Whether a tool of that name is in the catalogue. */
  readonly isTool: (name: string) => boolean;
  readonly clock: Clock;
  readonly random: RandomBytes;
};

export type PolicyItem = Policy & { readonly at: string };

/** GET /policies, and GET /policies?version=N. */
export async function getPolicy({ sql }: Pick<PolicyHouse, 'sql'>, organization: string, version: string | undefined): Promise<PolicyItem | Refusal> {
  if (version !== undefined && !/^[1-9]\d{0,8}$/.test(version)) return refuse('invalid_params', 'A version is a number from 1.');
  const saved = await readPolicy(sql, organization, version === undefined ? null : Number(version));
  return saved === null ? refuse('not_found', 'There is no such version of the policy.') : policyItem(saved);
}

/**
 * ChangePolicy (PUT /policies). The new version, its `policy.changed` record and the raised authority counter are one
 * append: no call is decided on a policy that is not recorded, and none after it on the one before.
 */
export async function savePolicy(house: PolicyHouse, organization: string, requester: Requester, body: unknown): Promise<PolicyItem | Refusal> {
  const current = await readPolicy(house.sql, organization, null);
  if (current === null) throw new Error(`there is no organisation ${organization}`);
  const changed = changePolicy(body, { organizationId: organization, current: current.policy, isTool: house.isTool }, house);
  if (isRefusal(changed)) return changed;
  const { version, hash } = changed.policy;
  const act = { kind: 'policy.changed', about: { hash, version }, reason: null } as const;
  const record = controlRecord(await house.identities.of(organization), requester, act, house);
  const result = await house.store.append(together(record.request, changed.request));
  if (result.outcome === 'stale') return refuse('conflict', 'What you may do has just changed; try again.', { retryAfterSeconds: 1 });
  if (result.outcome === 'conflict') return refuse('conflict', 'Another version was saved meanwhile. Read it, then decide again.');
  const saved = await readPolicy(house.sql, organization, version);
  if (saved === null) throw new StoreUnavailable('a policy that was saved cannot be read', 'none');
  return policyItem(saved);
}

function together(record: AppendRequest, change: Pick<AppendRequest, 'streams' | 'bump'>): AppendRequest {
  return { ...record, streams: [...change.streams, ...record.streams], bump: change.bump ?? [] };
}

function policyItem({ policy: { version, hash, ...rules }, at }: SavedPolicy): PolicyItem {
  return { version, hash, at: timestamp(at), ...rules };
}
