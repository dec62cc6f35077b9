import { mcpIsOn, type Principal, policyOffers, policyRaises, switchesInForce } from '#identity';
import { type Refusal, refuse } from '#kernel';
import type { Catalogue, CatalogueEntry } from '#tools';
import type { Verdict } from './verdict.ts';

/**
 * What the organisation's policy and the person's own account say about a call, each where it belongs in its life.
 * MCP switched off refuses every call, whatever its tool (`policy_denied`). A tool that the tool policy takes away is
 * nowhere to be found (`unknown_tool`, as for any name that means nothing). A write while read only is denied by name
 * (`policy_denied`), because the tool is there and another site or another day may allow it; what one site forbids is
 * the tool's own answer (`read_only`, `not_found`).
 */
export function mcpOff({ policy, account }: Principal): Refusal | null {
  if (mcpIsOn(switchesInForce(policy, account))) return null;
  return mcpIsOn(policy)
    ? refuse('policy_denied', 'MCP access is switched off in your account settings.')
    : refuse('policy_denied', `Your organisation has switched MCP access off (policy version ${policy.version}).`);
}

export function readOnlyDenies({ tool }: CatalogueEntry, { policy, account }: Principal): Refusal | null {
  if (tool.hints.readOnly || !switchesInForce(policy, account).readOnly) return null;
  return policy.readOnly
    ? refuse('policy_denied', `Your organisation allows reading only (policy version ${policy.version}).`)
    : refuse('policy_denied', 'Your account settings allow reading only.');
}

/** A tool as this policy offers it: raised to governed where it says so; null where it takes it away. */
export function offered(entry: CatalogueEntry, catalogue: Catalogue, { policy }: Principal): CatalogueEntry | null {
  if (!policyOffers(policy, { name: entry.name, readOnly: entry.tool.hints.readOnly })) return null;
  return policyRaises(policy, entry.name) ? catalogue.raised(entry) : entry;
}

/**
 * The answer of an audit-only tool that the policy raised is evidence of its whole result: of kind `result`, without
 * content items, because the tool does not say what in it is content; the record holds the digest of the result.
 */
export function testifyingToResult(verdict: Verdict, { policy }: Principal): Verdict {
  if (verdict.outcome !== 'answered' || verdict.governed) return verdict;
  return { ...verdict, governed: true, testimony: policy.governance.active ? { kind: 'result', deliveries: [] } : null };
}
