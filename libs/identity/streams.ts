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

/** A person's membership. */
export const memberStream = stream({
  domain: 'identity',
  noun: 'member',
  events: {
    MemberAdded: z.strictObject({ organizationId: z.string(), userId: z.string(), role: z.enum(MEMBER_ROLES) }),
    MemberRemoved: z.strictObject({ organizationId: z.string(), userId: z.string() }),
  },
  initial: { present: false },
  evolve: (_state, event) => ({ present: event.type === 'MemberAdded' }),
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
