import type { z } from 'zod';
import { type Refusal, refuse } from '#kernel';
import { follows, memberId } from '../facts.ts';
import { switchesInForce } from '../policy-in-force.ts';
import type { Principal } from '../principal.ts';
import { isAdministrator } from '../roles.ts';
import { type MemberRole, memberStream } from '../streams.ts';
import type { Act, AdministrationHouse } from './administer.ts';
import type { memberForm } from './forms.ts';
import { NOT_ADMINISTRATOR, NOT_FOUND, policyForbids } from './refusals.ts';

type MemberRow = { role: MemberRole; ai: boolean; mcp: boolean; read_only: boolean; owners: number };

async function memberOf({ sql }: AdministrationHouse, organization: string, userId: string): Promise<MemberRow | null> {
  const { rows } = await sql.query<MemberRow>(
    `select role, ai, mcp, read_only, (select count(*)::int from members_view where organization = $1 and role = 'owner') as owners
       from members_view where organization = $1 and user_id = $2`,
    [organization, userId],
  );
  return rows[0] ?? null;
}

/** Whether this actor may give a role to, or take one from, a person: owners are made and unmade by owners. */
export function maySetRoles(actor: Principal, ...roles: readonly MemberRole[]): Refusal | null {
  if (!isAdministrator(actor.role)) return NOT_ADMINISTRATOR;
  return roles.includes('owner') && actor.role !== 'owner' ? refuse('permission_denied', 'Only an owner may make, change or remove an owner.') : null;
}

const LAST_OWNER = refuse('conflict', 'An organisation has at least one owner: make another one first.');

/** A member's role, by administrators; a member's own switches, by the member or an administrator. */
export function changeMember(userId: string, { role, account }: z.infer<typeof memberForm>): Act<null> {
  return async (actor, house) => {
    const { organization, user: by } = actor.caller;
    const ids = { organizationId: organization, userId, by };
    const member = userId === by || isAdministrator(actor.role) ? await memberOf(house, organization, userId) : null;
    if (member === null) return NOT_FOUND;
    const events = [];
    if (role !== undefined && role !== member.role) {
      const refused = maySetRoles(actor, role, member.role);
      if (refused !== null) return refused;
      if (member.role === 'owner' && member.owners === 1) return LAST_OWNER;
      events.push({ type: 'MemberRoleChanged', data: { ...ids, role } } as const);
    }
    if (account !== undefined) {
      const switches = { ai: account.ai ?? member.ai, mcp: account.mcp ?? member.mcp, readOnly: account.readOnly ?? member.read_only };
      const refused = policyAgainst(actor, account);
      if (refused !== null) return refused;
      events.push({ type: 'AccountSwitched', data: { ...ids, ...switches } } as const);
    }
    const stored = events.flatMap((event) => follows(memberStream, memberId(organization, userId), event, house).events);
    return {
      streams: stored.length === 0 ? [] : [{ stream: memberStream.nameOf(memberId(organization, userId)), expected: 'any', events: stored }],
      said: null,
    };
  };
}

/** A strict policy leaves nothing to choose; another may be narrowed for oneself, never widened. */
function policyAgainst(
  { policy }: Principal,
  asked: { readonly ai?: boolean | undefined; readonly mcp?: boolean | undefined; readonly readOnly?: boolean | undefined },
): Refusal | null {
  const wanted = { ai: asked.ai ?? policy.ai, mcp: asked.mcp ?? policy.mcp, readOnly: asked.readOnly ?? policy.readOnly };
  const holds = switchesInForce(policy, wanted);
  const allowed = wanted.ai === holds.ai && wanted.mcp === holds.mcp && wanted.readOnly === holds.readOnly;
  return allowed ? null : policyForbids(policy);
}

/** Takes a person out of the organisation, with every key, session and site role of theirs in it. */
export function removeMember(userId: string): Act<null> {
  return async (actor, house) => {
    const { organization, user: by } = actor.caller;
    if (!isAdministrator(actor.role)) return NOT_ADMINISTRATOR;
    const member = await memberOf(house, organization, userId);
    if (member === null) return NOT_FOUND;
    const refused = maySetRoles(actor, member.role);
    if (refused !== null) return refused;
    if (member.role === 'owner' && member.owners === 1) return LAST_OWNER;
    const removed = { type: 'MemberRemoved', data: { organizationId: organization, userId, by } } as const;
    return { streams: [follows(memberStream, memberId(organization, userId), removed, house)], said: null };
  };
}
