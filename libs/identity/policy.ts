import { canonical, sha256Uri } from '#kernel';

/** What an organisation allows (CONTRACT, GET /policies). Every save is a new version; its hash stands in every record. */
export type Policy = {
  readonly version: number;
  readonly hash: string;
  readonly strict: boolean;
  readonly ai: boolean;
  readonly mcp: boolean;
  readonly readOnly: boolean;
  readonly tools: { readonly mode: 'all' | 'read_only' | 'custom'; readonly names: readonly string[] };
  readonly governance: { readonly active: boolean; readonly raised: readonly string[] };
  readonly confirm: Readonly<Record<string, 'none' | 'flag' | 'token' | 'human'>>;
};

/** `sha256:…` of the canonical rules, so that equal rules have equal hashes whatever their version. */
function policyHash(rules: Omit<Policy, 'version' | 'hash'>): string {
  return sha256Uri(canonical(rules));
}

const FIRST_RULES = {
  strict: true,
  ai: true,
  mcp: true,
  readOnly: false,
  tools: { mode: 'all', names: [] },
  governance: { active: true, raised: [] },
  confirm: {},
} as const;

/** In force until the organisation saves one of its own: everything allowed that a role allows, governance active. */
export const FIRST_POLICY: Policy = { version: 1, hash: policyHash(FIRST_RULES), ...FIRST_RULES };
