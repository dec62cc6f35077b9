import type { Caller } from '#tools';
import type { SiteRole } from './streams.ts';

/** A person's role in a site, and the site's switches. */
export type SiteGrant = {
  readonly role: SiteRole;
  /** Unix milliseconds; null: never. */
  readonly expiresAt: number | null;
  /** Whether the person accepted being given it. */
  readonly accepted: boolean;
  /** Of the site: nothing in it can be changed. */
  readonly readOnly: boolean;
  /** Of the site: out of use. */
  readonly archived: boolean;
  /** Of the site: open to agents. */
  readonly mcp: boolean;
};

type Person = { readonly sites: ReadonlyMap<string, SiteGrant>; readonly caller: Pick<Caller, 'boundSite'> };

export type SiteRolesNow = { readonly siteIds: readonly string[]; standingIn(siteId: string): SiteGrant | null };

/**
 * Where an agent of this person may go at a time: where the person has a role that has not expired, the site is open
 * over MCP and not archived, and, where the credential is bound to a site, nowhere else. Elsewhere nothing exists.
 */
export function siteRolesNow({ sites, caller }: Person, now: number): SiteRolesNow {
  const standingIn = (siteId: string) => {
    const grant = caller.boundSite === null || caller.boundSite === siteId ? sites.get(siteId) : undefined;
    return grant !== undefined && isOpen(grant, now) ? grant : null;
  };
  return {
    standingIn,
    get siteIds() {
      return [...sites.keys()].filter((siteId) => standingIn(siteId) !== null);
    },
  };
}

function isOpen({ expiresAt, archived, mcp }: SiteGrant, now: number): boolean {
  return mcp && !archived && (expiresAt === null || expiresAt > now);
}
