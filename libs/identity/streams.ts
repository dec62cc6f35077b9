import { z } from 'zod';
import { stream } from '#tools';

const MEMBER_ROLES = ['owner', 'admin', 'compliance_admin', 'auditor', 'member'] as const;
export type MemberRole = (typeof MEMBER_ROLES)[number];

/** An organisation and the origin of its log: `deponent/<deployment>/<log id>`, which says nothing about the organisation. */
export const organizationStream = stream({
  domain: 'identity',
  noun: 'organization',
  events: {
    OrganizationCreated: z.strictObject({ organizationId: z.string(), origin: z.string() }),
  },
  initial: { exists: false },
  evolve: () => ({ exists: true }),
});

/** What a person may do in a site, most first. */
const SITE_ROLES = ['owner', 'admin', 'editor', 'uploader', 'downloader', 'viewer'] as const;
export type SiteRole = (typeof SITE_ROLES)[number];

/** A person's membership of one organisation; its id is `<organisation>/<user>`, because a person may belong to several. */
export const memberStream = stream({
  domain: 'identity',
  noun: 'member',
  events: {
    MemberAdded: z.strictObject({ organizationId: z.string(), userId: z.string(), role: z.enum(MEMBER_ROLES) }),
    /** The person's own switches, which narrow what the organisation allows. All permissive until then. */
    AccountSwitched: z.strictObject({ organizationId: z.string(), userId: z.string(), ai: z.boolean(), mcp: z.boolean(), readOnly: z.boolean() }),
    /** Ends the person's keys and site roles in this organisation with it: who comes back starts with none. */
    MemberRemoved: z.strictObject({ organizationId: z.string(), userId: z.string() }),
  },
  initial: { present: false },
  evolve: (_state, event) => ({ present: event.type !== 'MemberRemoved' }),
});

/** An access key. Its name and the hash of its secret are in the vault. */
export const keyStream = stream({
  domain: 'identity',
  noun: 'key',
  events: {
    KeyCreated: z.strictObject({
      organizationId: z.string(),
      keyId: z.string(),
      userId: z.string(),
      type: z.enum(['mcp', 'governance']),
      scopes: z.array(z.string()),
      siteId: z.string().nullable(),
      expiresAt: z.int().nullable(),
    }),
    KeyRevoked: z.strictObject({ organizationId: z.string(), keyId: z.string() }),
  },
  initial: { alive: false },
  evolve: (_state, event) => ({ alive: event.type === 'KeyCreated' }),
});

/** Who may reach a site at all, and how: its switches. What is in it is told in the streams of content. */
export const siteStream = stream({
  domain: 'identity',
  noun: 'site',
  events: {
    /** Neither read-only nor archived, and open over MCP. */
    SiteOpened: z.strictObject({ organizationId: z.string(), siteId: z.string() }),
    SiteSwitched: z.strictObject({ organizationId: z.string(), siteId: z.string(), readOnly: z.boolean(), archived: z.boolean(), mcp: z.boolean() }),
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
    SiteRoleGranted: z.strictObject({
      organizationId: z.string(),
      siteId: z.string(),
      userId: z.string(),
      role: z.enum(SITE_ROLES),
      expiresAt: z.int().nullable(),
      accepted: z.boolean(),
    }),
    SiteRoleEnded: z.strictObject({ organizationId: z.string(), siteId: z.string(), userId: z.string() }),
  },
  initial: { granted: false },
  evolve: (_state, event) => ({ granted: event.type === 'SiteRoleGranted' }),
});
