import { StoreUnavailable } from '#event-store';
import { createOrganization, hashPassword, normalEmail } from '#identity';
import { base32, newId } from '#kernel';
import type { Deployment } from './deployment.ts';
import type { OpenHouse } from './house.ts';

const PASSWORD_BYTES = 15;
const LOG_ID_BYTES = 15;

/** A password nobody has thought of. */
export function newPassword({ random }: Pick<OpenHouse, 'random'>): string {
  return base32(random(PASSWORD_BYTES));
}

/** The name of a new organisation's log: it says nothing about the organisation. */
export function newLogOrigin({ name }: Deployment, { random }: Pick<OpenHouse, 'random'>): string {
  return `deponent/${name}/${base32(random(LOG_ID_BYTES))}`;
}

/** Another organisation, on the operator's word. `password` is that of its owner's new account; null: the owner has an account. */
export async function addOrganization(
  house: OpenHouse,
  deployment: Deployment,
  { name, email }: { readonly name: string; readonly email: string },
): Promise<{ readonly organizationId: string; readonly userId: string; readonly password: string | null }> {
  const { random, clock, accounts } = house;
  const fresh = { email, userId: newId('user', random), password: newPassword(house) };
  const isNew = await accounts.create({ ...fresh, passwordHash: await hashPassword(fresh.password, random) });
  const userId = isNew ? fresh.userId : ((await accounts.find(email))?.userId ?? fresh.userId);
  const owner = { userId, email: normalEmail(email), name: normalEmail(email) };
  const made = createOrganization({ name, origin: newLogOrigin(deployment, house), owner }, { random, clock, deploymentKey: deployment.key });
  const result = await house.events.append(made.request);
  if (result.outcome !== 'appended') throw new StoreUnavailable(`the organisation could not be created: ${result.outcome}`, 'none');
  return { organizationId: made.organizationId, userId, password: isNew ? fresh.password : null };
}
