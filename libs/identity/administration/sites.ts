import type { z } from 'zod';
import { isRefusal, type Refusal, refuse } from '#kernel';
import { follows, openSite, siteRoleId } from '../facts.ts';
import type { Principal } from '../principal.ts';
import { isAdministrator } from '../roles.ts';
import type { SiteGrant } from '../site-grant.ts';
import { type SiteRole, siteRoleStream, siteStream } from '../streams.ts';
import type { Act, AdministrationHouse, Decided } from './administer.ts';
import type { siteForm, siteMembersForm } from './forms.ts';
import { invalid, NOT_ADMINISTRATOR, NOT_FOUND, policyForbids } from './refusals.ts';

/** A new site of the actor's. `create` decides what else of the site begins with it: its name, which is content's. */
export function addSite(siteId: string, create: (actor: Principal, house: AdministrationHouse) => Omit<Decided<never>, 'said'>): Act<null> {
  return async (actor, house) => {
    if (!isAdministrator(actor.role)) return NOT_ADMINISTRATOR;
    const { organization, user: by } = actor.caller;
    const created = create(actor, house);
    const opened = openSite({ organizationId: organization, siteId, owners: [by], by }, house);
    return { ...created, streams: [...created.streams, ...opened.streams], said: null };
  };
}

/** A site narrows what the policy allows; it cannot allow what the policy does not. */
export function switchSite(siteId: string, asked: z.infer<typeof siteForm>): Act<null> {
  return async (actor, house) => {
    const { organization: organizationId, user: by } = actor.caller;
    const site = await siteRunBy(actor, siteId, house);
    if (isRefusal(site)) return site;
    const { policy } = actor;
    if ((asked.mcp === true && !policy.mcp) || (asked.readOnly === false && policy.readOnly)) return policyForbids(policy);
    const switches = { readOnly: asked.readOnly ?? site.read_only, archived: asked.archived ?? site.archived, mcp: asked.mcp ?? site.mcp };
    return { streams: [follows(siteStream, siteId, { type: 'SiteSwitched', data: { organizationId, by, siteId, ...switches } }, house)], said: null };
  };
}

/** Roles in a site for members of its organisation, all or none. An earlier role of the person is replaced. */
export function grantSiteRoles(siteId: string, { members }: z.infer<typeof siteMembersForm>): Act<null> {
  return async (actor, house) => {
    const { organization: organizationId, user: by } = actor.caller;
    const site = await siteRunBy(actor, siteId, house);
    if (isRefusal(site)) return site;
    const userIds = members.map(({ userId }) => userId);
    if (new Set(userIds).size < userIds.length) return invalid('members', 'A person is named twice.');
    const former = await rolesOf(house, organizationId, siteId, userIds);
    if (former.size < userIds.length) return NOT_FOUND;
    const touchesOwner = members.some(({ userId, role }) => role === 'owner' || former.get(userId) === 'owner');
    if (touchesOwner && site.standing === 'admin') return OWNERS_ONLY;
    const streams = members.map(({ userId, role, expiresAt }) => {
      const granted = { type: 'SiteRoleGranted', data: { organizationId, by, siteId, userId, role, expiresAt, accepted: userId === by } } as const;
      return follows(siteRoleStream, siteRoleId(siteId, userId), granted, house);
    });
    return { streams, said: null };
  };
}

/** Takes a person's role in a site away; one's own, whoever one is. */
export function endSiteRole(siteId: string, userId: string): Act<null> {
  return async (actor, house) => {
    const { organization: organizationId, user: by } = actor.caller;
    const isOwn = userId === by && actor.sites.has(siteId);
    const site = isOwn ? null : await siteRunBy(actor, siteId, house);
    if (isRefusal(site)) return site;
    const role = (await rolesOf(house, organizationId, siteId, [userId])).get(userId) ?? null;
    if (role === null) return NOT_FOUND;
    if (role === 'owner' && site?.standing === 'admin') return OWNERS_ONLY;
    const ended = { type: 'SiteRoleEnded', data: { organizationId, by, siteId, userId } } as const;
    return { streams: [follows(siteRoleStream, siteRoleId(siteId, userId), ended, house)], said: null };
  };
}

/** The person says yes to the role given to them. */
export function acceptSiteRole(siteId: string): Act<null> {
  return async (actor, house) => {
    const { organization: organizationId, user: userId } = actor.caller;
    const grant = actor.sites.get(siteId);
    if (grant === undefined || !isLive(grant, house)) return NOT_FOUND;
    const { role, expiresAt } = grant;
    const accepted = { type: 'SiteRoleGranted', data: { organizationId, by: userId, siteId, userId, role, expiresAt, accepted: true } } as const;
    return { streams: grant.accepted ? [] : [follows(siteRoleStream, siteRoleId(siteId, userId), accepted, house)], said: null };
  };
}

/** Whether these are all sites of the organisation. */
export async function sitesThere({ sql }: Pick<AdministrationHouse, 'sql'>, organization: string, siteIds: readonly string[]): Promise<boolean> {
  const asked = [...new Set(siteIds)];
  const { rowCount } = await sql.query('select 1 from site_switches_view where organization = $1 and site_id = any($2)', [organization, asked]);
  return rowCount === asked.length;
}

const OWNERS_ONLY = refuse('permission_denied', 'Only an owner of the site or an administrator of the organisation may make or unmake its owners.');

type SiteRow = { read_only: boolean; archived: boolean; mcp: boolean };
/** As what the actor runs a site. */
type Standing = 'administrator' | 'owner' | 'admin';

/** A site whose settings and users this actor may change; `not_found` for one that is not there, or that the actor may not see. */
async function siteRunBy(actor: Principal, siteId: string, house: AdministrationHouse): Promise<(SiteRow & { readonly standing: Standing }) | Refusal> {
  const grant = actor.sites.get(siteId);
  const role = grant !== undefined && isLive(grant, house) ? grant.role : null;
  if (role === null && !isAdministrator(actor.role)) return NOT_FOUND;
  const { rows } = await house.sql.query<SiteRow>('select read_only, archived, mcp from site_switches_view where organization = $1 and site_id = $2', [
    actor.caller.organization,
    siteId,
  ]);
  const site = rows[0];
  if (site === undefined) return NOT_FOUND;
  if (isAdministrator(actor.role)) return { ...site, standing: 'administrator' };
  return role === 'owner' || role === 'admin' ? { ...site, standing: role } : refuse('permission_denied', 'Only owners and admins of the site may do this.');
}

function isLive({ expiresAt }: SiteGrant, { clock }: Pick<AdministrationHouse, 'clock'>): boolean {
  return expiresAt === null || expiresAt > clock();
}

/** Of those that are members of the organisation, the role in the site; null: none. */
async function rolesOf(
  { sql }: AdministrationHouse,
  organization: string,
  siteId: string,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, SiteRole | null>> {
  const { rows } = await sql.query<{ user_id: string; role: SiteRole | null }>(
    `select m.user_id, r.role from members_view m
       left join site_roles_view r on r.organization = m.organization and r.user_id = m.user_id and r.site_id = $2
      where m.organization = $1 and m.user_id = any($3)`,
    [organization, siteId, userIds],
  );
  return new Map(rows.map(({ user_id, role }) => [user_id, role]));
}
