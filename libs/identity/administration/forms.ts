import { z } from 'zod';
import { LIMITS } from '#kernel';
import { KEY_MAKERS, MEMBER_ROLES, SITE_ROLES } from '../streams.ts';

/** What people send, as the acts of administration read it. Times are RFC 3339, in the future. */
const id = z.string().min(1).max(LIMITS.argumentCharacters);
const name = z.string().trim().min(1).max(LIMITS.nameCharacters);
const expiresAt = z.iso
  .datetime({ offset: true })
  .transform((text) => Date.parse(text))
  .nullable()
  .default(null);
const siteRole = z.strictObject({ role: z.enum(SITE_ROLES), expiresAt });

export const invitationForm = z.strictObject({
  email: z.email().max(LIMITS.emailCharacters),
  name: name.optional(),
  role: z.enum(MEMBER_ROLES).default('member'),
  sites: z
    .array(siteRole.extend({ siteId: id }))
    .max(LIMITS.grantedTogether)
    .default([]),
});

const newPassword = z.string().min(LIMITS.passwordCharactersLeast).max(LIMITS.passwordCharactersMost);

export const passwordForm = z.strictObject({ current: z.string().max(LIMITS.passwordCharactersMost), password: newPassword });

export const acceptanceForm = z.strictObject({
  token: z.string().max(LIMITS.argumentCharacters),
  password: newPassword,
  name: name.optional(),
});

export const memberForm = z.strictObject({
  role: z.enum(MEMBER_ROLES).optional(),
  account: z.strictObject({ ai: z.boolean().optional(), mcp: z.boolean().optional(), readOnly: z.boolean().optional() }).optional(),
});

export const siteForm = z.strictObject({ readOnly: z.boolean().optional(), archived: z.boolean().optional(), mcp: z.boolean().optional() });

export const siteMembersForm = z.strictObject({
  members: z
    .array(siteRole.extend({ userId: id }))
    .min(1)
    .max(LIMITS.grantedTogether),
});

const scopes = z.array(z.string().max(LIMITS.argumentCharacters)).min(1, 'At least one scope is required').max(LIMITS.keyScopes);

export const keyForm = z.strictObject({
  type: z.enum(['mcp', 'governance']),
  name,
  scopes,
  siteId: id.nullable().default(null),
  expiresAt,
});

/** `expiresAt: null` takes the expiry away; left out, it stays. */
export const keyEditForm = z.strictObject({ name: name.optional(), scopes: scopes.optional(), expiresAt: expiresAt.removeDefault().optional() });

export const settingsForm = z.strictObject({ name: name.optional(), keys: z.enum(KEY_MAKERS).optional() });
