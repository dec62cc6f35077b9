import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createSite, siteStream } from '#content';
import { type AppendRequest, factsOf, StoreUnavailable } from '#event-store';
import { createKey, createOrganization, hashPassword, openSite, organizationKeys } from '#identity';
import { newId } from '#kernel';
import { type Deployment, newLogOrigin, newPassword, type OpenHouse, type Settings, writePrivateFile } from '#platform';
import { decidedOn } from '#tools';

/** What `<data>/first-run.json` says (CONTRACT): the only copy of the first secrets, until it is deleted. */
export type FirstRun = {
  readonly mcpUrl: string;
  readonly governanceUrl: string;
  readonly organizationId: string;
  readonly siteId: string;
  readonly admin: { readonly email: string; readonly password: string };
  readonly accessKey: string;
  readonly governanceKey: string;
};

/** Someone outside could use the secrets that still lie in a file. */
class FirstRunExposed extends Error {
  override readonly name = 'FirstRunExposed';
}

export function firstRunFile(dataDirectory: string): string {
  return join(dataDirectory, 'first-run.json');
}

const LOOPBACK = new Set(['127.0.0.1', '::1', '[::1]', 'localhost']);

/** @throws FirstRunExposed when the file exists and the server would be reachable from elsewhere. */
export function refuseExposedFirstRun({ dataDirectory, host, publicUrl }: Settings): void {
  const file = firstRunFile(dataDirectory);
  const exposed = !LOOPBACK.has(host) || (publicUrl !== undefined && !LOOPBACK.has(new URL(publicUrl).hostname));
  if (exposed && existsSync(file)) {
    throw new FirstRunExposed(
      `${file} still holds the first secrets, and this start would be reachable from other machines. Keep them elsewhere, then: npx deponent first-run --forget`,
    );
  }
}

export function forgetFirstRun(dataDirectory: string): boolean {
  const file = firstRunFile(dataDirectory);
  const existed = existsSync(file);
  rmSync(file, { force: true });
  return existed;
}

const ADMIN_EMAIL = 'admin@localhost';
const MCP_SCOPES = ['mcp:read', 'mcp:write'];
const GOVERNANCE_SCOPES = ['governance:read', 'governance:export', 'governance:admin'];

/**
 * Creates the first organisation where there is none, in one append. The secrets are on disk before: a crash in between
 * leaves a file that the next start replaces, never an organisation that nobody can enter.
 */
export async function ensureFirstRun(
  house: OpenHouse,
  deployment: Deployment,
  urls: { readonly mcp: string; readonly governance: string },
  dataDirectory: string,
): Promise<FirstRun | null> {
  if ((await house.identities.all()).length > 0) return null;
  const { random, clock } = house;
  const means = { random, clock, deploymentKey: deployment.key };
  const password = newPassword(house);
  const origin = newLogOrigin(deployment, house);
  const userId = await firstAccount(house, password);
  const owner = { userId, email: ADMIN_EMAIL, name: 'Administrator' };
  const organization = createOrganization({ name: 'First organisation', origin, owner }, means);

  const { organizationId } = organization;
  const vaultKey = organizationKeys(organization.secret).vault;
  const key = { organizationId, userId, name: 'first run', siteId: null, expiresAt: null, vaultKey };
  const accessKey = createKey({ ...key, type: 'mcp', scopes: MCP_SCOPES }, means);
  const governanceKey = createKey({ ...key, type: 'governance', scopes: GOVERNANCE_SCOPES }, means);
  const siteId = newId('site', random);
  const site = factsOf(decidedOn(siteStream, { id: siteId, revision: 0 }, createSite({ siteId, name: 'Documents' })), { vaultKey, clock, random });
  const opened = openSite({ organizationId, siteId, owners: [userId] }, means);

  const firstRun: FirstRun = {
    mcpUrl: urls.mcp,
    governanceUrl: urls.governance,
    organizationId,
    siteId,
    admin: { email: ADMIN_EMAIL, password },
    accessKey: accessKey.secret,
    governanceKey: governanceKey.secret,
  };
  writePrivateFile(firstRunFile(dataDirectory), `${JSON.stringify(firstRun, null, 2)}\n`);
  const result = await house.events.append(together(organizationId, [organization.request, accessKey.request, governanceKey.request, site, opened]));
  if (result.outcome !== 'appended') throw new StoreUnavailable(`the first organisation could not be created: ${result.outcome}`, 'none');
  return firstRun;
}

/** The account of the first owner; one that an interrupted first start left gets the new password. */
async function firstAccount({ accounts, random }: OpenHouse, password: string): Promise<string> {
  const account = { email: ADMIN_EMAIL, userId: newId('user', random), passwordHash: await hashPassword(password, random) };
  if (await accounts.create(account)) return account.userId;
  const userId = (await accounts.find(ADMIN_EMAIL))?.userId ?? account.userId;
  await accounts.setPassword({ ...account, userId });
  return userId;
}

function together(organization: string, requests: readonly Pick<AppendRequest, 'streams' | 'vault' | 'bump'>[]): AppendRequest {
  return {
    organization,
    streams: requests.flatMap(({ streams }) => streams),
    vault: requests.flatMap(({ vault }) => vault ?? []),
    bump: [...new Set(requests.flatMap(({ bump }) => bump ?? []))],
  };
}
