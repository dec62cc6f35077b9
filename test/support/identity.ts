import { randomBytes } from 'node:crypto';
import { Client, Pool } from 'pg';
import type { AppendRequest } from '#event-store';
import { createPostgresEventStore } from '#event-store/postgres';
import {
  type Act,
  type AdministrationHouse,
  accounts,
  administer,
  changesView,
  createKey,
  createOrganization,
  GOVERNANCE_SCOPES,
  hashPassword,
  identityView,
  logIdentities,
  openSite,
  type Principal,
  policyView,
  principals,
  sessions,
} from '#identity';
import { isRefusal, newId, type RandomBytes } from '#kernel';
import { createTestDatabase } from './database.ts';

const random: RandomBytes = (length) => randomBytes(length);

/** Organisations, members and credentials on a real database, at a time that the test sets. */
export async function openIdentity() {
  const database = await createTestDatabase();
  const sql = new Pool({ connectionString: database.url, max: 4 });
  const connect = () => new Client({ connectionString: database.url }).connect();
  const time = { now: Date.now() };
  const means = { clock: () => time.now, random, deploymentKey: randomBytes(32) };
  const store = createPostgresEventStore({ pool: sql, connect, inlineViews: [identityView, changesView, policyView], clock: means.clock });
  const shared = { ...means, sql };
  const people = { accounts: accounts(shared), principals: principals(shared) };
  const signIns = sessions({ ...shared, ...people });
  const identities = logIdentities(shared);
  const administration: AdministrationHouse = { ...shared, ...people, store, identities, sessions: signIns, mcpScopes: ['mcp:read', 'mcp:write'] };
  const operator = operatorOf(administration, means);
  return {
    time,
    means,
    store,
    sql,
    ...people,
    administration,
    ...operator,
    ...actorsOf(administration),
    /** As another process would have it. */
    sessions: () => sessions({ ...shared, ...people }),
    present: (secret: string) => alive(people.principals.ofNow(secret)),
    /** A member as an actor of administration, by a governance key of theirs. */
    actor: async (organizationId: string, userId: string) => alive(people.principals.ofNow(await operator.key(organizationId, userId, 'governance'))),
    async close() {
      await store.close();
      await sql.end();
      await database.drop();
    },
  };
}

async function alive(found: Promise<Principal | null>): Promise<Principal> {
  const principal = await found;
  if (principal === null) throw new Error('this credential is dead');
  return principal;
}

/** What is done on the machine itself. */
function operatorOf({ store, accounts, identities }: AdministrationHouse, means: { clock: () => number; random: RandomBytes; deploymentKey: Uint8Array }) {
  async function append(request: AppendRequest): Promise<void> {
    const result = await store.append(request);
    if (result.outcome !== 'appended') throw new Error(JSON.stringify(result));
  }
  return {
    /** An organisation whose owner is a new person, with a password where one is given. */
    async organization(owner: { readonly email: string; readonly password?: string; readonly userId?: string }) {
      const { email, password, userId = newId('user', random) } = owner;
      if (password !== undefined) await accounts.create({ email, userId, passwordHash: await hashPassword(password, random) });
      const made = createOrganization({ name: 'Acme', origin: `deponent/test/${newId('organization', random)}`, owner: { userId, email, name: email } }, means);
      await append(made.request);
      return { organizationId: made.organizationId, userId };
    },
    async site(organizationId: string, ...owners: readonly string[]): Promise<string> {
      const siteId = newId('site', random);
      await append({ organization: organizationId, ...openSite({ organizationId, siteId, owners }, means) });
      return siteId;
    },
    /** The secret of a key of a member, with every scope there is. */
    async key(organizationId: string, userId: string, type: 'mcp' | 'governance' = 'mcp'): Promise<string> {
      const vaultKey = (await identities.of(organizationId)).keys.vault;
      const scopes = type === 'mcp' ? ['mcp:read', 'mcp:write'] : GOVERNANCE_SCOPES;
      const made = createKey({ organizationId, userId, type, name: 'key', scopes, siteId: null, expiresAt: null, vaultKey }, means);
      await append(made.request);
      return made.secret;
    },
  };
}

function actorsOf(house: AdministrationHouse) {
  return {
    /** What an act says; a refusal is an error. */
    async done<Said>(actor: Principal, act: Act<Said>): Promise<Said> {
      const said = await administer(actor, act, house);
      if (isRefusal(said)) throw new Error(`${said.code}: ${said.message}`);
      return said;
    },
    /** The code an act is refused with. */
    async refused(actor: Principal, act: Act<unknown>): Promise<string> {
      const said = await administer(actor, act, house);
      return isRefusal(said) ? said.code : 'not refused';
    },
  };
}

export type IdentityHouse = Awaited<ReturnType<typeof openIdentity>>;
