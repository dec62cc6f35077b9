import { expect, it } from '@jest/globals';
import { type SiteGrant, siteRolesNow } from './site-grant.ts';

const NOW = 1_000;
const grant: SiteGrant = { role: 'editor', expiresAt: null, accepted: true, readOnly: false, archived: false, mcp: true };

function openTo(boundSite: string | null, sites: Record<string, Partial<SiteGrant>>) {
  const map = new Map(Object.entries(sites).map(([siteId, part]) => [siteId, { ...grant, ...part }]));
  const scopes = new Set<string>();
  const caller = { organization: 'org_1', user: 'usr_1', credential: { id: 'key_1', type: 'access_key' }, client: null, scopes, boundSite } as const;
  const roles = siteRolesNow({ sites: map, caller }, NOW);
  expect(Object.keys(sites).filter((siteId) => roles.standingIn(siteId) !== null)).toEqual(roles.siteIds);
  return roles.siteIds;
}

it('opens a site to an agent where the role lives, MCP is on and nothing is archived; read-only is still readable', () => {
  expect(
    openTo(null, {
      plain: {},
      readOnly: { readOnly: true },
      lives: { expiresAt: NOW + 1 },
      expired: { expiresAt: NOW },
      archived: { archived: true },
      mcpOff: { mcp: false },
    }),
  ).toEqual(['plain', 'readOnly', 'lives']);
});

it('opens to a bound credential its site alone, and no more of it than to the person', () => {
  expect(openTo('one', { one: {}, other: {} })).toEqual(['one']);
  expect(openTo('one', { one: { mcp: false }, other: {} })).toEqual([]);
  expect(openTo('elsewhere', { one: {} })).toEqual([]);
  expect(siteRolesNow({ sites: new Map(), caller: { boundSite: null } as never }, NOW).standingIn('constructor')).toBeNull();
});
