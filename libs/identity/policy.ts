import { z } from 'zod';
import { canonical, LIMITS, sha256Uri } from '#kernel';

const toolName = z
  .string()
  .regex(/^[a-z][a-z0-9_]*$/, 'must be the name of a tool')
  .max(LIMITS.toolNameCharacters);

/** In one order and each once, so that equal lists have equal hashes. */
const toolNames = z
  .array(toolName)
  .max(LIMITS.policyTools)
  .overwrite((names) => [...new Set(names)].sort());

const CONFIRMATION_RULES = ['none', 'flag', 'token', 'human'] as const;

/** What an organisation decides in a policy (CONTRACT, GET /policies). */
export const policyRules = z.strictObject({
  /** Members cannot narrow it for themselves. */
  strict: z.boolean(),
  /** AI at all; MCP is part of it. */
  ai: z.boolean(),
  mcp: z.boolean(),
  /** Nothing is written over MCP. */
  readOnly: z.boolean(),
  /** `custom`: the named tools only. In the other modes `names` means nothing. */
  tools: z.strictObject({ mode: z.enum(['all', 'read_only', 'custom']), names: toolNames }),
  /** `raised`: tools whose answers become evidence although they are audit-only by themselves. None can be lowered. */
  governance: z.strictObject({ active: z.boolean(), raised: toolNames }),
  /** By tool. Raises the tool's own rule, never lowers it. */
  confirm: z
    .record(toolName, z.enum(CONFIRMATION_RULES))
    .refine((rules) => Object.keys(rules).length <= LIMITS.policyTools, `names more than ${LIMITS.policyTools} tools`),
});

export type PolicyRules = z.infer<typeof policyRules>;

/** Every save is a new version; version and hash of the one in force stand in every record. */
export type Policy = PolicyRules & { readonly version: number; readonly hash: string };

/** A version, and the `sha256:…` of its canonical rules: equal rules have equal hashes whatever their version. */
export function policyOf(version: number, rules: PolicyRules): Policy {
  return { version, hash: sha256Uri(canonical(rules)), ...rules };
}

/** In force until the organisation saves one of its own: everything allowed that a role allows, governance active. */
export const FIRST_POLICY: Policy = policyOf(1, {
  strict: true,
  ai: true,
  mcp: true,
  readOnly: false,
  tools: { mode: 'all', names: [] },
  governance: { active: true, raised: [] },
  confirm: {},
});
