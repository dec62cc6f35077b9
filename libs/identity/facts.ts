import { type AppendRequest, type NewEvent, type StreamAppend, sealRow } from '#event-store';
import { type Clock, newId, type RandomBytes, uuidv7 } from '#kernel';
import type { DomainEvent, Stream } from '#tools';
import { signingSeeds } from './log-identities.ts';
import { ORGANIZATION_SECRET_BYTES, organizationKeys, wrapSecret } from './organization-keys.ts';
import { authorityCounter } from './principal.ts';
import { type AccessKeyType, mintSecret } from './secrets.ts';
import { keyStream, memberStream, organizationStream, siteRoleStream, siteStream } from './streams.ts';

/** What an administrative decision needs beside its facts. */
export type Means = { readonly clock: Clock; readonly random: RandomBytes };

/** A new organisation with its first owner. Append the request as it is: it is whole or nothing. */
export function createOrganization(
  facts: { readonly name: string; readonly origin: string; readonly owner: { readonly userId: string; readonly email: string; readonly name: string } },
  means: Means & { readonly deploymentKey: Uint8Array },
): { readonly organizationId: string; readonly secret: Buffer; readonly request: AppendRequest } {
  const organizationId = newId('organization', means.random);
  const { userId, email, name } = facts.owner;
  const secret = Buffer.from(means.random(ORGANIZATION_SECRET_BYTES));
  const { vault } = organizationKeys(secret);
  const request: AppendRequest = {
    organization: organizationId,
    streams: [
      starts(organizationStream, organizationId, { type: 'OrganizationCreated', data: { organizationId, origin: facts.origin } }, means),
      starts(memberStream, memberId(organizationId, userId), { type: 'MemberAdded', data: { organizationId, userId, role: 'owner' } }, means),
    ],
    bump: [authorityCounter(organizationId)],
    vault: [
      { kind: 'secret', id: organizationId, ciphertext: wrapSecret(means.deploymentKey, organizationId, secret, means.random) },
      ...signingSeeds(organizationId, means),
      sealRow(vault, 'name', organizationId, { name: facts.name }, means.random),
      sealRow(vault, 'person', userId, { email, name }, means.random),
    ],
  };
  return { organizationId, secret, request };
}

/** Opens a new site to its owners. Goes into the append that creates the site. */
export function openSite(
  {
    organizationId,
    siteId,
    owners,
    by,
  }: { readonly organizationId: string; readonly siteId: string; readonly owners: readonly string[]; readonly by?: string | undefined },
  means: Means,
): Pick<AppendRequest, 'streams' | 'bump'> {
  const grant = { organizationId, siteId, role: 'owner', expiresAt: null, accepted: true, by } as const;
  return {
    streams: [
      starts(siteStream, siteId, { type: 'SiteOpened', data: { organizationId, siteId, by } }, means),
      ...owners.map((userId) => starts(siteRoleStream, siteRoleId(siteId, userId), { type: 'SiteRoleGranted', data: { ...grant, userId } }, means)),
    ],
    bump: [authorityCounter(organizationId)],
  };
}

export function memberId(organizationId: string, userId: string): string {
  return `${organizationId}/${userId}`;
}

export function siteRoleId(siteId: string, userId: string): string {
  return `${siteId}/${userId}`;
}

export type NewKey = {
  readonly organizationId: string;
  readonly userId: string;
  readonly type: AccessKeyType;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly siteId: string | null;
  /** Unix milliseconds; null: never. */
  readonly expiresAt: number | null;
  /** Absent: the operator. */
  readonly by?: string | undefined;
};

/** A new access key. `secret` is returned here and never again. */
export function createKey(
  { vaultKey, ...key }: NewKey & { readonly vaultKey: Uint8Array },
  means: Means,
): { readonly keyId: string; readonly secret: string; readonly prefix: string; readonly request: AppendRequest } {
  const { id: keyId, secret, prefix, sha256 } = mintSecret(key.type, means.random);
  const { name, scopes, ...facts } = key;
  const request: AppendRequest = {
    organization: key.organizationId,
    streams: [starts(keyStream, keyId, { type: 'KeyCreated', data: { ...facts, keyId, scopes: [...scopes] } }, means)],
    bump: [authorityCounter(key.organizationId)],
    vault: [sealRow(vaultKey, 'secret', keyId, { sha256: sha256.toString('hex'), name, prefix }, means.random)],
  };
  return { keyId, secret, prefix, request };
}

/** Ends a key: the next call with it is refused, in every process. */
export function revokeKey(facts: { readonly organizationId: string; readonly keyId: string; readonly by?: string | undefined }, means: Means): AppendRequest {
  return {
    organization: facts.organizationId,
    streams: [follows(keyStream, facts.keyId, { type: 'KeyRevoked', data: facts }, means)],
    bump: [authorityCounter(facts.organizationId)],
  };
}

export function starts<State, Event extends DomainEvent>(stream: Stream<State, Event>, id: string, event: Event, means: Means): StreamAppend {
  return { ...follows(stream, id, event, means), expected: 0 };
}

/** What happens to something that exists. Whoever decided it asserts the authority counter, which every such event raises. */
export function follows<State, Event extends DomainEvent>(stream: Stream<State, Event>, id: string, event: Event, means: Means): StreamAppend {
  const stored: NewEvent = { id: uuidv7(means.clock(), means.random), ...stream.encode(event) };
  return { stream: stream.nameOf(id), expected: 'any', events: [stored] };
}
