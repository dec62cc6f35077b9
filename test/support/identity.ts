import { randomBytes } from 'node:crypto';
import { Client, Pool } from 'pg';
import type { AppendRequest } from '#event-store';
import { createPostgresEventStore } from '#event-store/postgres';
import { accounts, createOrganization, hashPassword, identityView, organizationKeys, policyView, principals, sessions } from '#identity';
import { newId, type RandomBytes } from '#kernel';
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

  return {
    time,
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
