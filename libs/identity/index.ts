export { type AccessKeyType, claimedKey, mintAccessKey, provesKey } from './access-key.ts';
export { addMember, createKey, createOrganization, type Means, revokeKey } from './administer.ts';
export { type OrganizationKeys, organizationKeys, unwrapSecret, wrapSecret } from './organization-keys.ts';
export { hashPassword, provesPassword } from './password.ts';
export { FIRST_POLICY, type Policy, policyHash } from './policy.ts';
export { authorityCounter, type Principal, type Principals, principals } from './principal.ts';
export { keyStream, MEMBER_ROLES, type MemberRole, memberStream, organizationStream } from './streams.ts';
export { keyRow, organizationRow, personRow } from './vault-rows.ts';
export { identityView } from './view.ts';
