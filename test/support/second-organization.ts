import { randomBytes } from 'node:crypto';
import { Client, Pool } from 'pg';
import { createSite, siteStream } from '#content';
import { factsOf } from '#event-store';
import { createPostgresEventStore } from '#event-store/postgres';
import { createKey, createOrganization, openSite, organizationKeys } from '#identity';
import { newId } from '#kernel';
import { inlineViews } from '#platform';
import { decidedOn } from '#tools';

/** Another organisation in the database of a running server, with an owner, a site and keys: as the operator would make one. */
export async function secondOrganization(databaseUrl: string, deploymentKey: Uint8Array) {
  const random = (length: number) => randomBytes(length);
  const means = { random, clock: Date.now, deploymentKey };
  const pool = new Pool({ connectionString: databaseUrl, max: 2 });
  const events = createPostgresEventStore({ pool, connect: () => new Client({ connectionString: databaseUrl }).connect(), inlineViews, clock: Date.now });
  try {
    const userId = newId('user', random);
    const owner = { userId, email: 'owner@elsewhere.example', name: 'Owner' };
    const { organizationId, secret, request } = createOrganization({ name: 'Elsewhere', origin: `deponent/elsewhere/${userId.slice(4)}`, owner }, means);
    const vaultKey = organizationKeys(secret).vault;
    const siteId = newId('site', random);
    const site = factsOf(decidedOn(siteStream, { id: siteId, revision: 0 }, createSite({ siteId, name: 'Elsewhere' })), { vaultKey, ...means });
    const opened = openSite({ organizationId, siteId, owners: [userId] }, means);
    const key = (type: 'mcp' | 'governance', scopes: readonly string[]) =>
      createKey({ organizationId, userId, type, name: 'key', scopes, siteId: null, expiresAt: null, vaultKey }, means);
    const access = key('mcp', ['mcp:read', 'mcp:write']);
    const governance = key('governance', ['governance:read', 'governance:export', 'governance:admin']);
    const whole = { organization: organizationId, streams: [...site.streams, ...opened.streams], vault: site.vault, bump: opened.bump ?? [] };
    for (const append of [request, whole, access.request, governance.request]) {
      const { outcome } = await events.append(append);
      if (outcome !== 'appended') throw new Error(`the second organisation could not be made: ${outcome}`);
    }
    return { organizationId, userId, siteId, access: access.secret, governance: governance.secret };
  } finally {
    await events.close();
    await pool.end();
  }
}
