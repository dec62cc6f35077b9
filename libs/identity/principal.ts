import type { Sql } from '#event-store';
import { openRow } from '#event-store';
import { type Clock, LIMITS } from '#kernel';
import type { Caller } from '#tools';
import { type OrganizationKeys, organizationKeys, unwrapSecret } from './organization-keys.ts';
import type { Policy } from './policy.ts';
import { type PolicyRow, policyFrom } from './policy-reads.ts';
import { READ_KEY, READ_MEMBER, READ_SESSION } from './principal-statements.ts';
import { GOVERNANCE_SCOPES } from './roles.ts';
import { type AccessKeyType, claimOf, provesSecret } from './secrets.ts';
import type { SiteGrant } from './site-grant.ts';
import type { MemberRole } from './streams.ts';
import { keyRow, personRow } from './vault-rows.ts';

/** Everything a call is decided on that concerns authority, true at one value of the organisation's authority counter. */
export type Principal = {
  readonly caller: Caller;
  /** `operator`: nobody proved anything; who may read the deployment's key acts for a member. */
  readonly keyType: AccessKeyType | 'session' | 'operator';
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

/** Our applications with pages. A session opened in one is none in another: cookies do not tell ports apart. */
export type SessionApp = 'console' | 'pages';

export interface Principals {
  /**
   * Who presents this key, or null: unknown, altered, expired, revoked or its member gone, which are one answer.
   * May be as old as the last change this process heard of; whoever acts on it asserts `authority` in the commit.
   */
  of(secret: string): Promise<Principal | null>;
  /** The same, read anew: for what is answered without a commit. */
  ofNow(secret: string): Promise<Principal | null>;
  /** Whose session this is, read anew; null where it is none, or has ended. */
  ofSession(token: string, app: SessionApp): Promise<Principal | null>;
  /** A member, for whom the operator acts on the machine itself; null: no member. */
  forOperator(organization: string, userId: string): Promise<Principal | null>;
  /** The same credential as it is now; null where it has ended. */
  again(principal: Principal): Promise<Principal | null>;
  /** Forgets what was read of an organisation before: after a stale assertion, or when told that it changed. */
  forget(organization: string): void;
}

type PrincipalRow = {
  organization: string;
  origin: string;
  user_id: string;
  type: Principal['keyType'];
  scopes: string[];
  site_id: string | null;
  expires_at: string | null;
  role: MemberRole;
  ai: boolean;
  mcp: boolean;
  read_only: boolean;
  sites: (SiteGrant & { readonly siteId: string })[];
  policy: PolicyRow;
  /** Of a key, the vault row that holds the hash of its secret; of a session, the hash. */
  key_row: Buffer | null;
  session_sha256: Buffer | null;
  person_row: Buffer;
  organization_row: Buffer;
  authority: string;
};

type Known = { readonly principal: Principal; readonly sha256: Buffer };

export function principals(house: { readonly sql: Sql; readonly deploymentKey: Uint8Array; readonly clock: Clock }): Principals {
  const known = new Map<string, Known>();

  async function read(statement: string, values: readonly [credentialId: string, ...unknown[]]): Promise<Known | null> {
    const { rows } = await house.sql.query<PrincipalRow>(statement, values);
    const row = rows[0];
    // A key whose vault row was erased proves nothing any more.
    if (row === undefined || (row.key_row === null && row.session_sha256 === null)) return null;
    return open(values[0], row, house.deploymentKey);
  }

  function lives({ expiresAt }: Principal): boolean {
    return expiresAt === null || expiresAt > house.clock();
  }

  function admit(secret: string, found: Known | null): Principal | null {
    return found !== null && provesSecret(secret, found.sha256) && lives(found.principal) ? found.principal : null;
  }

  async function readNow(secret: string): Promise<Principal | null> {
    const claim = claimOf(secret);
    if (claim === null) return null;
    const found = await read(READ_KEY, [claim.id]);
    const principal = admit(secret, found);
    if (found !== null && principal !== null) remember(known, claim.id, found);
    return principal;
  }

  return {
    async of(secret) {
      const found = known.get(claimOf(secret)?.id ?? '');
      return found === undefined ? readNow(secret) : admit(secret, found);
    },
    ofNow: readNow,
    async ofSession(token, app) {
      const claim = claimOf(token);
      return claim === null ? null : admit(token, await read(READ_SESSION, [claim.id, app]));
    },
    async forOperator(organization, userId) {
      return (await read(READ_MEMBER, ['operator', organization, userId]))?.principal ?? null;
    },
    async again(principal) {
      const found = await read(...howToReadAgain(principal));
      return found !== null && lives(found.principal) ? found.principal : null;
    },
    forget(organization) {
      for (const [keyId, { principal }] of known) if (principal.caller.organization === organization) known.delete(keyId);
    },
  };
}

function howToReadAgain({ caller, keyType }: Principal): [statement: string, values: readonly [credentialId: string, ...unknown[]]] {
  const { id } = caller.credential;
  switch (keyType) {
    case 'session':
      return [READ_SESSION, [id, null]];
    case 'operator':
      return [READ_MEMBER, [id, caller.organization, caller.user]];
    default:
      return [READ_KEY, [id]];
  }
}

function remember<Value>(known: Map<string, Value>, keyId: string, value: Value): void {
  if (!known.has(keyId) && known.size >= LIMITS.principalsRemembered) known.delete(known.keys().next().value ?? '');
  known.set(keyId, value);
}

const CREDENTIALS = { mcp: 'access_key', governance: 'access_key', session: 'console', operator: 'operator' } as const;

function open(credentialId: string, row: PrincipalRow, deploymentKey: Uint8Array): Known {
  const keys = organizationKeys(unwrapSecret(deploymentKey, row.organization, row.organization_row));
  const person = personRow.parse(openRow(keys.vault, { kind: 'person', id: row.user_id, ciphertext: row.person_row }));
  const principal: Principal = {
    caller: {
      organization: row.organization,
      user: row.user_id,
      credential: { id: credentialId, type: CREDENTIALS[row.type] },
      client: null,
      scopes: new Set(CREDENTIALS[row.type] === 'access_key' ? row.scopes : GOVERNANCE_SCOPES),
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
  return { principal, sha256: row.session_sha256 ?? storedHash(keys.vault, credentialId, row.key_row) };
}

function storedHash(vaultKey: Uint8Array, keyId: string, ciphertext: Buffer | null): Buffer {
  if (ciphertext === null) throw new Error(`the key ${keyId} has lost its vault row`);
  return Buffer.from(keyRow.parse(openRow(vaultKey, { kind: 'secret', id: keyId, ciphertext })).sha256, 'hex');
}
