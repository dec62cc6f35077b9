export { type Accounts, accounts, normalEmail } from './accounts.ts';
export { AcceptInvitation, AcceptInvitationHandler, ADMINISTRATION, Administer, AdministerHandler } from './administration/administer.handler.ts';
export { type Act, type AdministrationHouse, administer } from './administration/administer.ts';
export { changesView } from './administration/changes-view.ts';
export {
  acceptanceForm,
  invitationForm,
  keyEditForm,
  keyForm,
  memberForm,
  passwordForm,
  settingsForm,
  siteForm,
  siteMembersForm,
} from './administration/forms.ts';
export { acceptInvitation, inviteMember, withdrawInvitation } from './administration/invitations.ts';
export { editKey, endKey, makeKey } from './administration/keys.ts';
export { listChanges, listKeys, listMembers, listSiteMembers, listSites, onlyItem } from './administration/lists.ts';
export { changeMember, removeMember } from './administration/members.ts';
export { pageQuery } from './administration/pages.ts';
export { readSettingsOf, setOrganization } from './administration/settings.ts';
export { acceptSiteRole, addSite, endSiteRole, grantSiteRoles, switchSite } from './administration/sites.ts';
export { createKey, createOrganization, openSite } from './facts.ts';
export { type KeyUse, keyUses } from './key-uses.ts';
export { logIdentities } from './log-identities.ts';
export { type OrganizationKeys, organizationKeys } from './organization-keys.ts';
export { ownersOf } from './owners.ts';
export { hashPassword } from './password.ts';
export { FIRST_POLICY, type Policy } from './policy.ts';
export { changePolicy } from './policy-change.ts';
export { mcpIsOn, policyOffers, policyRaises, switchesInForce } from './policy-in-force.ts';
export { readPolicy, type SavedPolicy } from './policy-reads.ts';
export { policyView } from './policy-view.ts';
export { authorityCounter, type Principal, type Principals, principals } from './principal.ts';
export { GOVERNANCE_SCOPES, type GovernanceScope, isAdministrator, mayGovern } from './roles.ts';
export { endedSessionCookie, type SessionReader, sessionCookie, sessionReader, sessionToken } from './session-cookie.ts';
export { type Sessions, sessions } from './sessions.ts';
export { type SiteGrant, siteRolesNow } from './site-grant.ts';
export { ensureSystemLog, SYSTEM_ORGANIZATION } from './system-log.ts';
export { identityView } from './view.ts';
