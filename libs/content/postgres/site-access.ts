import type { Pool } from 'pg';
import { unavailable } from '#event-store/postgres';
import { LIMITS } from '#kernel';
import { oneRoleIn, type SiteAccess } from '../access.ts';
import { createLru } from '../lru.ts';
import { SITE_IDS } from './statements.ts';

/**
 * Every member of an organisation owns all its sites. Creating a site raises the authority counter, so the sites of an
 * organisation are read once per value of it, and a call reads nothing.
 */
export function everyMemberOwns(pool: Pick<Pool, 'query'>): SiteAccess {
  const known = createLru<{ readonly authority: number; readonly siteIds: readonly string[] }>({ capacity: LIMITS.organizationsRemembered, weigh: () => 1 });

  async function siteIdsOf(organization: string, authority: number): Promise<readonly string[]> {
    const remembered = known.get(organization);
    if (remembered?.authority === authority) return remembered.siteIds;
    const { rows } = await pool.query<{ site_id: string }>({ ...SITE_IDS, values: [organization] }).catch((error: unknown) => {
      throw unavailable(error);
    });
    const siteIds = rows.map((row) => row.site_id);
    known.set(organization, { authority, siteIds });
    return siteIds;
  }

  return {
    async sitesOf({ organization, boundSite }, authority) {
      return oneRoleIn(await siteIdsOf(organization, authority), 'owner', boundSite);
    },
  };
}
