import { type AppendRequest, type NewEvent, type StreamAppend, sealRow } from '#event-store';
import { type Clock, newId, type RandomBytes, uuidv7 } from '#kernel';
import type { DomainEvent, Stream } from '#tools';
import { signingSeeds } from './log-identities.ts';
import { ORGANIZATION_SECRET_BYTES, organizationKeys, wrapSecret } from './organization-keys.ts';
import { authorityCounter } from './principal.ts';
import { type AccessKeyType, mintSecret } from './secrets.ts';
import { keyStream, type MemberRole, memberStream, organizationStream, siteRoleStream, siteStream } from './streams.ts';

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
  { organizationId, siteId, owners }: { readonly organizationId: string; readonly siteId: string; readonly owners: readonly string[] },
  means: Means,
): Pick<AppendRequest, 'streams' | 'bump'> {
  const owned = { organizationId, siteId, role: 'owner', expiresAt: null, accepted: true } as const;
  return {
    streams: [
      starts(siteStream, siteId, { type: 'SiteOpened', data: { organizationId, siteId } }, means),
      ...owners.map((userId) => starts(siteRoleStream, siteRoleId(siteId, userId), { type: 'SiteRoleGranted', data: { ...owned, userId } }, means)),
    ],
    bump: [authorityCounter(organizationId)],
  };
}

function memberId(organizationId: string, userId: string): string {
  return `${organizationId}/${userId}`;
}

function siteRoleId(siteId: string, userId: string): string {
  return `${siteId}/${userId}`;
}

/** Another member of an organisation. */
export function addMember(
  facts: { readonly organizationId: string; readonly email: string; readonly name: string; readonly role: MemberRole; readonly vaultKey: Uint8Array },
  means: Means,
): { readonly userId: string; readonly request: AppendRequest } {
  const userId = newId('user', means.random);
  const { organizationId, role, email, name } = facts;
  const request: AppendRequest = {
    organization: organizationId,
    streams: [starts(memberStream, memberId(organizationId, userId), { type: 'MemberAdded', data: { organizationId, userId, role } }, means)],
    bump: [authorityCounter(organizationId)],
    vault: [sealRow(facts.vaultKey, 'person', userId, { email, name }, means.random)],
  };
  return { userId, request };
}

/** A new access key. `secret` is returned here and never again. */
export function createKey(
  facts: {
    readonly organizationId: string;
    readonly userId: string;
    readonly type: AccessKeyType;
    readonly name: string;
    readonly scopes: readonly string[];
    readonly siteId: string | null;
    /** Unix milliseconds; null: never. */
    readonly expiresAt: number | null;
    readonly vaultKey: Uint8Array;
  },
  means: Means,
): { readonly keyId: string; readonly secret: string; readonly prefix: string; readonly request: AppendRequest } {
  const { id: keyId, secret, prefix, sha256 } = mintSecret(facts.type, means.random);
  const { organizationId, userId, type, name, scopes, siteId, expiresAt } = facts;
  const request: AppendRequest = {
    organization: organizationId,
    streams: [starts(keyStream, keyId, { type: 'KeyCreated', data: { organizationId, keyId, userId, type, scopes: [...scopes], siteId, expiresAt } }, means)],
    bump: [authorityCounter(organizationId)],
    vault: [sealRow(facts.vaultKey, 'secret', keyId, { sha256: sha256.toString('hex'), name, prefix }, means.random)],
  };
  return { keyId, secret, prefix, request };
}

/** Ends a key: the next call with it is refused, in every process. Appending it twice is a conflict, not a second end. */
export function revokeKey(facts: { readonly organizationId: string; readonly keyId: string }, means: Means): AppendRequest {
  const { organizationId, keyId } = facts;
  const event = store(keyStream, { type: 'KeyRevoked', data: { organizationId, keyId } }, means);
  return {
    organization: organizationId,
    streams: [{ stream: keyStream.nameOf(keyId), expected: 1, events: [event] }],
    bump: [authorityCounter(organizationId)],
  };
}

function starts<State, Event extends DomainEvent>(stream: Stream<State, Event>, id: string, event: Event, means: Means): StreamAppend {
  return { stream: stream.nameOf(id), expected: 0, events: [store(stream, event, means)] };
}

function store<State, Event extends DomainEvent>(stream: Stream<State, Event>, event: Event, means: Means): NewEvent {
  return { id: uuidv7(means.clock(), means.random), ...stream.encode(event) };
}
