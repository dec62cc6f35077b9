import { z } from 'zod';
import { stream } from '#tools';

export const MEMBER_ROLES = ['owner', 'admin', 'compliance_admin', 'auditor', 'member'] as const;
export type MemberRole = (typeof MEMBER_ROLES)[number];

/** What a person may do in a site, most first. */
export const SITE_ROLES = ['owner', 'admin', 'editor', 'uploader', 'downloader', 'viewer'] as const;
export type SiteRole = (typeof SITE_ROLES)[number];

/** Who may make access keys for themselves. */
export const KEY_MAKERS = ['admins', 'everyone'] as const;
export type KeyMakers = (typeof KEY_MAKERS)[number];

const organizationId = z.string();
const userId = z.string();
const siteId = z.string();
/** The member who did it; absent: the operator, on the machine itself. */
const by = z.string().optional();
/** Unix milliseconds; null: never. */
const expiresAt = z.int().nullable();

/** An organisation and the origin of its log: `deponent/<deployment>/<log id>`, which says nothing about the organisation. */
export const organizationStream = stream({
  domain: 'identity',
  noun: 'organization',
  events: {
    OrganizationCreated: z.strictObject({ organizationId, origin: z.string() }),
    /** Also where only its name changed, which lies in the vault. */
    OrganizationSet: z.strictObject({ organizationId, by, keys: z.enum(KEY_MAKERS) }),
  },
  initial: { exists: false },
  evolve: () => ({ exists: true }),
});

/** A person's membership of one organisation; its id is `<organisation>/<user>`, because a person may belong to several. */
export const memberStream = stream({
  domain: 'identity',
  noun: 'member',
  events: {
    MemberAdded: z.strictObject({ organizationId, by, userId, role: z.enum(MEMBER_ROLES) }),
    MemberRoleChanged: z.strictObject({ organizationId, by, userId, role: z.enum(MEMBER_ROLES) }),
    /** The person's own switches, which narrow what the organisation allows. All permissive until then. */
    AccountSwitched: z.strictObject({ organizationId, by, userId, ai: z.boolean(), mcp: z.boolean(), readOnly: z.boolean() }),
    /** Ends the person's keys and site roles in this organisation with it: who comes back starts with none. */
    MemberRemoved: z.strictObject({ organizationId, by, userId }),
  },
  initial: { present: false },
  evolve: (_state, event) => ({ present: event.type !== 'MemberRemoved' }),
});

/** Asking a person to become a member. Whom, and the hash of the secret in the link, are in the vault. */
export const invitationStream = stream({
  domain: 'identity',
  noun: 'invitation',
  events: {
    MemberInvited: z.strictObject({
      organizationId,
      by,
      invitationId: z.string(),
      role: z.enum(MEMBER_ROLES),
      expiresAt: z.int(),
      sites: z.array(z.strictObject({ siteId, role: z.enum(SITE_ROLES), expiresAt })),
    }),
    InvitationAccepted: z.strictObject({ organizationId, invitationId: z.string(), userId }),
    InvitationWithdrawn: z.strictObject({ organizationId, by, invitationId: z.string() }),
  },
  initial: { open: false },
  evolve: (_state, event) => ({ open: event.type === 'MemberInvited' }),
});

/** An access key. Its name and the hash of its secret are in the vault. */
export const keyStream = stream({
  domain: 'identity',
  noun: 'key',
  events: {
    KeyCreated: z.strictObject({
      organizationId,
      by,
      keyId: z.string(),
      userId,
      type: z.enum(['mcp', 'governance']),
      scopes: z.array(z.string()),
      siteId: siteId.nullable(),
      expiresAt,
    }),
    /** Also where only its name changed. The secret never does. */
    KeyEdited: z.strictObject({ organizationId, by, keyId: z.string(), scopes: z.array(z.string()), expiresAt }),
    KeyRevoked: z.strictObject({ organizationId, by, keyId: z.string() }),
  },
  initial: { alive: false },
  evolve: (_state, event) => ({ alive: event.type !== 'KeyRevoked' }),
});

/** Who may reach a site at all, and how: its switches. What is in it is told in the streams of content. */
export const siteStream = stream({
  domain: 'identity',
  noun: 'site',
  events: {
    /** Neither read-only nor archived, and open over MCP. */
    SiteOpened: z.strictObject({ organizationId, by, siteId }),
    SiteSwitched: z.strictObject({ organizationId, by, siteId, readOnly: z.boolean(), archived: z.boolean(), mcp: z.boolean() }),
  },
  initial: { open: false },
  evolve: () => ({ open: true }),
});

/** One person's role in one site; its id is `<site>/<user>`. */
export const siteRoleStream = stream({
  domain: 'identity',
  noun: 'site_role',
  events: {
    /** Replaces an earlier role of the person in this site. */
    SiteRoleGranted: z.strictObject({ organizationId, by, siteId, userId, role: z.enum(SITE_ROLES), expiresAt, accepted: z.boolean() }),
    SiteRoleEnded: z.strictObject({ organizationId, by, siteId, userId }),
  },
  initial: { granted: false },
  evolve: (_state, event) => ({ granted: event.type === 'SiteRoleGranted' }),
});
