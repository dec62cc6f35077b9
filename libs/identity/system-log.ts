import { type AppendRequest, type EventAppender, StoreUnavailable } from '#event-store';
import { uuidv7 } from '#kernel';
import type { Means } from './facts.ts';
import { signingSeeds } from './log-identities.ts';
import { ORGANIZATION_SECRET_BYTES, wrapSecret } from './organization-keys.ts';
import { organizationStream } from './streams.ts';

/** Whose the log of the deployment itself is: of what happened in no organisation. It has no members, no keys and no sites. */
export const SYSTEM_ORGANIZATION = 'org_system';

type SystemMeans = Means & { readonly deploymentKey: Uint8Array; readonly deploymentName: string };

/** Makes the log `deponent/<deployment>/system` where there is none yet; of several processes that do so at once, one does. */
export async function ensureSystemLog(store: EventAppender, means: SystemMeans): Promise<void> {
  const result = await store.append(createSystemLog(means));
  if (result.outcome === 'stale') throw new StoreUnavailable('the log of the system could not be made', 'none');
}

function createSystemLog({ deploymentName, deploymentKey, clock, random }: SystemMeans): AppendRequest {
  const organizationId = SYSTEM_ORGANIZATION;
  const origin = `deponent/${deploymentName}/system`;
  const created = { id: uuidv7(clock(), random), ...organizationStream.encode({ type: 'OrganizationCreated', data: { organizationId, origin } }) };
  const secret = wrapSecret(deploymentKey, organizationId, random(ORGANIZATION_SECRET_BYTES), random);
  return {
    organization: organizationId,
    streams: [{ stream: organizationStream.nameOf(organizationId), expected: 0, events: [created] }],
    vault: [{ kind: 'secret', id: organizationId, ciphertext: secret }, ...signingSeeds(organizationId, { deploymentKey, random })],
  };
}
