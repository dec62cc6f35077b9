import type { Policy } from '#identity';
import type { CatalogueEntry, ConfirmationRule } from '#tools';

const STRICTNESS: Readonly<Record<ConfirmationRule, number>> = { none: 0, flag: 1, token: 2, human: 3 };

/** The stricter of what the tool states and what the policy asks for: policy raises a rule and never lowers it. */
export function ruleInForce({ name, tool }: CatalogueEntry, { confirm }: Pick<Policy, 'confirm'>): ConfirmationRule {
  const asked = confirm[name] ?? 'none';
  return isStricter(asked, tool.confirmation) ? asked : tool.confirmation;
}

export function isStricter(rule: ConfirmationRule, other: ConfirmationRule): boolean {
  return STRICTNESS[rule] > STRICTNESS[other];
}
