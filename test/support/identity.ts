import { randomBytes } from 'node:crypto';
import { Client, Pool } from 'pg';
import type { AppendRequest } from '#event-store';
import { createPostgresEventStore } from '#event-store/postgres';
import {
  type Act,
  type AdministrationHouse,
  accounts,
  administer,
  createKey,
  createOrganization,
  hashPassword,
  identityView,
  logIdentities,
  openSite,
  organizationKeys,
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
  const clock = () => time.now;
  const store = createPostgresEventStore({ pool: sql, connect, inlineViews: [identityView, policyView], clock });
  const deploymentKey = randomBytes(32);
  const means = { clock, random, deploymentKey };
  const people = accounts({ sql, deploymentKey, random });
  const who = principals({ sql, deploymentKey, clock });

  async function append(...requests: readonly AppendRequest[]): Promise<void> {
    for (const request of requests) {
      const result = await store.append(request);
      if (result.outcome !== 'appended') throw new Error(JSON.stringify(result));
    }
  }

  const administration: AdministrationHouse = {
    sql,
    store,
    principals: who,
    identities: logIdentities({ sql, deploymentKey }),
    accounts: people,
    sessions: sessions({ sql, accounts: people, principals: who, deploymentKey, clock, random }),
    mcpScopes: ['mcp:read', 'mcp:write'],
    clock,
    random,
  };

  /** The secret of a key that the operator made for a member. */
  async function key(organizationId: string, userId: string, more: { type?: 'mcp' | 'governance'; siteId?: string | null; expiresAt?: number } = {}) {
    const { type = 'mcp', siteId = null, expiresAt = null } = more;
    const scopes = type === 'mcp' ? ['mcp:read', 'mcp:write'] : ['governance:admin', 'governance:export', 'governance:read'];
    const vaultKey = (await administration.identities.of(organizationId)).keys.vault;
    const made = createKey({ organizationId, userId, type, name: 'key', scopes, siteId, expiresAt, vaultKey }, means);
    await append(made.request);
    return made.secret;
  }

  async function present(secret: string): Promise<Principal> {
    const principal = await who.ofNow(secret);
    if (principal === null) throw new Error('this key is dead');
    return principal;
  }

  return {
    time,
    administration,
    key,
    present,
    /** A member as an actor of administration. */
    actor: async (organizationId: string, userId: string) => present(await key(organizationId, userId, { type: 'governance' })),
    /** What an act says; a refusal is an error. */
    async done<Said>(actor: Principal, act: Act<Said>): Promise<Said> {
      const said = await administer(actor, act, administration);
      if (isRefusal(said)) throw new Error(`${said.code}: ${said.message}`);
      return said;
    },
    /** The code an act is refused with. */
    async refused(actor: Principal, act: Act<unknown>): Promise<string> {
      const said = await administer(actor, act, administration);
      return isRefusal(said) ? said.code : 'not refused';
    },
    async site(organizationId: string, ...owners: readonly string[]): Promise<string> {
      const siteId = newId('site', random);
      await append({ organization: organizationId, ...openSite({ organizationId, siteId, owners }, means) });
      return siteId;
    },
    means,
    store,
    sql,
    append,
    accounts: people,
    principals: who,
    /** As another process would have it. */
    sessions: () => sessions({ sql, accounts: people, principals: who, deploymentKey, clock, random }),
    /** An organisation whose owner is a new person, with a password where one is given. */
    async organization(owner: { readonly email: string; readonly password?: string; readonly userId?: string }) {
      const { email, password, userId = newId('user', random) } = owner;
      if (password !== undefined) await people.create({ email, userId, passwordHash: await hashPassword(password, random) });
      const made = createOrganization({ name: 'Acme', origin: `deponent/test/${newId('organization', random)}`, owner: { userId, email, name: email } }, means);
      await append(made.request);
      return { organizationId: made.organizationId, userId, vaultKey: organizationKeys(made.secret).vault };
    },
    async close() {
      await store.close();
      await sql.end();
      await database.drop();
    },
  };
}

export type IdentityHouse = Awaited<ReturnType<typeof openIdentity>>;
