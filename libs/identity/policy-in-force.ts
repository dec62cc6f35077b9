import type { Policy } from './policy.ts';

/** What an organisation and, for themselves, its members switch. Sites narrow it further (`siteRolesNow`). */
export type Switches = {
  readonly ai: boolean;
  readonly mcp: boolean;
  readonly readOnly: boolean;
};

/**
 * What holds for a person: the organisation's policy alone where it is strict, else the less permissive of it and the
 * person's own account, switch by switch.
 */
export function switchesInForce({ strict, ai, mcp, readOnly }: Switches & Pick<Policy, 'strict'>, account: Switches): Switches {
  if (strict) return { ai, mcp, readOnly };
  return { ai: ai && account.ai, mcp: mcp && account.mcp, readOnly: readOnly || account.readOnly };
}

/** MCP is a use of AI: both are needed. */
export function mcpIsOn({ ai, mcp }: Pick<Switches, 'ai' | 'mcp'>): boolean {
  return ai && mcp;
}

/** Whether the tool policy leaves a tool there at all. One that it takes away is to everyone as if it did not exist. */
export function policyOffers({ tools }: Pick<Policy, 'tools'>, tool: { readonly name: string; readonly readOnly: boolean }): boolean {
  switch (tools.mode) {
    case 'all':
      return true;
    case 'read_only':
      return tool.readOnly;
    case 'custom':
      return tools.names.includes(tool.name);
  }
}

/** Whether the policy makes an audit-only tool's answers evidence. */
export function policyRaises({ governance }: Pick<Policy, 'governance'>, toolName: string): boolean {
  return governance.raised.includes(toolName);
}
