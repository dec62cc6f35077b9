import type { Sql } from '#event-store';
import { openRow } from '#event-store';
import { type Clock, LIMITS } from '#kernel';
import type { Caller } from '#tools';
import { type AccessKeyType, claimedKey, provesKey } from './access-key.ts';
import { type OrganizationKeys, organizationKeys, unwrapSecret } from './organization-keys.ts';
import type { Policy } from './policy.ts';
import { POLICY_IN_FORCE, type PolicyRow, policyFrom } from './policy-reads.ts';
import type { SiteGrant } from './site-grant.ts';
import type { MemberRole } from './streams.ts';
import { keyRow, personRow } from './vault-rows.ts';

/** Everything a call is decided on that concerns authority, true at one value of the organisation's authority counter. */
export type Principal = {
  readonly caller: Caller;
  readonly keyType: AccessKeyType;
  readonly role: MemberRole;
  readonly email: string;
  /** The member's own switches. */
  readonly account: { readonly ai: boolean; readonly mcp: boolean; readonly readOnly: boolean };
  /** Every site in which the person has a role, also an expired one; `siteRolesNow` says what counts now. */
  readonly sites: ReadonlyMap<string, SiteGrant>;
  /** Unix milliseconds; null: never. */
  readonly expiresAt: number | null;
  readonly policy: Policy;
  /** Of the organisation's log. */
  readonly origin: string;
  readonly keys: OrganizationKeys;
  /** The value of `authority/<organization>` at which all this was read. */
  readonly authority: number;
};

/** Raised by every change of who may do what in an organisation; asserted by every call. */
export function authorityCounter(organization: string): string {
  return `authority/${organization}`;
}

export interface Principals {
  /**
   * Who presents this secret, or null: unknown, altered, expired, revoked or its member gone, which are one answer.
   * May be as old as the last change this process heard of; whoever acts on it asserts `authority` in the commit.
   */
  of(secret: string): Promise<Principal | null>;
  /** The same, read anew: for what is answered without a commit. */
  ofNow(secret: string): Promise<Principal | null>;
  /** Forgets what was read of an organisation before: after a stale assertion, or when told that it changed. */
  forget(organization: string): void;
}

type PrincipalRow = {
  organization: string;
  origin: string;
  user_id: string;
  type: AccessKeyType;
  scopes: string[];
  site_id: string | null;
  expires_at: string | null;
  role: MemberRole;
  ai: boolean;
  mcp: boolean;
  read_only: boolean;
  sites: (SiteGrant & { readonly siteId: string })[];
  policy: PolicyRow;
  key_row: Buffer;
  person_row: Buffer;
  organization_row: Buffer;
  authority: string;
};

/** One statement, so one snapshot: what it gives was true together, at the counter's value in the same row. */
const READ = `
  select k.organization, o.origin, k.user_id, k.type, k.scopes, k.site_id, k.expires_at, m.role, m.ai, m.mcp, m.read_only,
         coalesce((
           select jsonb_agg(jsonb_build_object('siteId', r.site_id, 'role', r.role, 'expiresAt', r.expires_at, 'accepted', r.accepted,
                                               'readOnly', s.read_only, 'archived', s.archived, 'mcp', s.mcp))
             from site_roles_view r
             join site_switches_view s on s.organization = r.organization and s.site_id = r.site_id
            where r.organization = k.organization and r.user_id = k.user_id
         ), '[]') as sites,
         ${POLICY_IN_FORCE} as policy,
         key_row.ciphertext as key_row, person_row.ciphertext as person_row, organization_row.ciphertext as organization_row,
         coalesce((select value from counters where name = 'authority/' || k.organization), 0) as authority
    from keys_view k
    join members_view m on m.organization = k.organization and m.user_id = k.user_id
    join organizations_view o on o.organization = k.organization
    join items_vault key_row on key_row.organization = k.organization and key_row.kind = 'secret' and key_row.id = k.key_id
    join items_vault person_row on person_row.organization = k.organization and person_row.kind = 'person' and person_row.id = k.user_id
    join items_vault organization_row on organization_row.organization = k.organization and organization_row.kind = 'secret' and organization_row.id = k.organization
   where k.key_id = $1 and k.revoked_at is null`;

type Known = { readonly principal: Principal; readonly sha256: Buffer };

export function principals(house: { readonly sql: Sql; readonly deploymentKey: Uint8Array; readonly clock: Clock }): Principals {
  const known = new Map<string, Known>();

  async function read(keyId: string): Promise<Known | null> {
    const { rows } = await house.sql.query<PrincipalRow>(READ, [keyId]);
    const row = rows[0];
    return row === undefined ? null : open(keyId, row, house.deploymentKey);
  }

  function admit(secret: string, found: Known | null): Principal | null {
    if (found === null || !provesKey(secret, found.sha256)) return null;
    const { expiresAt } = found.principal;
    return expiresAt === null || expiresAt > house.clock() ? found.principal : null;
  }

  async function readNow(secret: string): Promise<Principal | null> {
    const claim = claimedKey(secret);
    if (claim === null) return null;
    const found = await read(claim.keyId);
    const principal = admit(secret, found);
    if (found !== null && principal !== null) remember(known, claim.keyId, found);
    return principal;
  }

  return {
    async of(secret) {
      const found = known.get(claimedKey(secret)?.keyId ?? '');
      return found === undefined ? readNow(secret) : admit(secret, found);
    },
    ofNow: readNow,
    forget(organization) {
      for (const [keyId, { principal }] of known) if (principal.caller.organization === organization) known.delete(keyId);
    },
  };
}

function remember<Value>(known: Map<string, Value>, keyId: string, value: Value): void {
  if (!known.has(keyId) && known.size >= LIMITS.principalsRemembered) known.delete(known.keys().next().value ?? '');
  known.set(keyId, value);
}

function open(keyId: string, row: PrincipalRow, deploymentKey: Uint8Array): Known {
  const keys = organizationKeys(unwrapSecret(deploymentKey, row.organization, row.organization_row));
  const key = keyRow.parse(openRow(keys.vault, { kind: 'secret', id: keyId, ciphertext: row.key_row }));
  const person = personRow.parse(openRow(keys.vault, { kind: 'person', id: row.user_id, ciphertext: row.person_row }));
  const principal: Principal = {
    caller: {
      organization: row.organization,
      user: row.user_id,
      credential: { id: keyId, type: 'access_key' },
      client: null,
      scopes: new Set(row.scopes),
      boundSite: row.site_id,
    },
    keyType: row.type,
    role: row.role,
    email: person.email,
    account: { ai: row.ai, mcp: row.mcp, readOnly: row.read_only },
    sites: new Map(row.sites.map(({ siteId, ...grant }) => [siteId, grant])),
    expiresAt: row.expires_at === null ? null : Number(row.expires_at),
    policy: policyFrom(row.policy),
    origin: row.origin,
    keys,
    authority: Number(row.authority),
  };
  return { principal, sha256: Buffer.from(key.sha256, 'hex') };
}
