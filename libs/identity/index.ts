export { addMember, createKey, createOrganization, type Means, revokeKey } from './administer.ts';
export { type KeyUse, keyUses } from './key-uses.ts';
export { logIdentities } from './log-identities.ts';
export { type OrganizationKeys, organizationKeys } from './organization-keys.ts';
export { hashPassword } from './password.ts';
export { FIRST_POLICY } from './policy.ts';
export { authorityCounter, type Principal, type Principals, principals } from './principal.ts';
export { identityView } from './view.ts';
