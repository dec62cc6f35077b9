import type { Caller } from '#tools';
import type { MemberRole } from './streams.ts';

export const GOVERNANCE_SCOPES = ['governance:read', 'governance:export', 'governance:admin'] as const;
export type GovernanceScope = (typeof GOVERNANCE_SCOPES)[number];

/** What each role may at most do over the governance API, whatever its credential was granted. */
const REACH: Readonly<Record<MemberRole, readonly GovernanceScope[]>> = {
  owner: GOVERNANCE_SCOPES,
  admin: GOVERNANCE_SCOPES,
  compliance_admin: GOVERNANCE_SCOPES,
  auditor: ['governance:read'],
  member: [],
};

/** Whether this credential was granted the scope and its person's role reaches so far. */
export function mayGovern({ caller, role }: { readonly caller: Pick<Caller, 'scopes'>; readonly role: MemberRole }, scope: GovernanceScope): boolean {
  return caller.scopes.has(scope) && REACH[role].includes(scope);
}

/** Whether a person runs the organisation: its members, sites, keys and settings. A compliance admin oversees it instead. */
export function isAdministrator(role: MemberRole): boolean {
  return role === 'owner' || role === 'admin';
}
