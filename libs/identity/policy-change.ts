import { z } from 'zod';
import type { AppendRequest } from '#event-store';
import { type Clock, type Issue, LIMITS, type RandomBytes, type Refusal, refuse, uuidv7 } from '#kernel';
import { type Policy, type PolicyRules, policyOf, policyRules } from './policy.ts';
import { policyStream } from './policy-streams.ts';
import { authorityCounter } from './principal.ts';

/** What GET /policies answers may be sent back changed: its version then says on which one the change was made. */
const sentPolicy = policyRules.extend({ version: z.int().optional(), hash: z.string().optional(), at: z.string().optional() });

/** A new version from what a client sent. Append the request as it is: it asserts that nobody else has saved one since. */
export function changePolicy(
  sent: unknown,
  facts: { readonly organizationId: string; readonly current: Policy; readonly isTool: (name: string) => boolean },
  means: { readonly clock: Clock; readonly random: RandomBytes },
): { readonly policy: Policy; readonly request: Required<Pick<AppendRequest, 'streams' | 'bump'>> } | Refusal {
  const { organizationId, current, isTool } = facts;
  const parsed = sentPolicy.safeParse(sent);
  if (!parsed.success) return invalid(parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })));
  const { version: basis, hash: _hash, at: _at, ...rules } = parsed.data;
  const unknown = unknownTools(rules, isTool);
  if (unknown.length > 0) return invalid(unknown);
  if (basis !== undefined && basis !== current.version)
    return refuse('conflict', `Version ${current.version} was saved meanwhile. Read it, then decide again.`);
  if (current.version >= LIMITS.eventsPerStream) return refuse('conflict', `An organisation has at most ${LIMITS.eventsPerStream} versions of its policy.`);

  const policy = policyOf(current.version + 1, rules);
  const event = policyStream.encode({ type: 'PolicyChanged', data: { organizationId, version: policy.version, hash: policy.hash, rules } });
  const id = uuidv7(means.clock(), means.random);
  return {
    policy,
    request: {
      streams: [{ stream: policyStream.nameOf(organizationId), expected: current.version - 1, events: [{ id, ...event }] }],
      bump: [authorityCounter(organizationId)],
    },
  };
}

/** Events hold no free text: a name is one of ours. */
function unknownTools({ tools, governance, confirm }: PolicyRules, isTool: (name: string) => boolean): Issue[] {
  const lists = { 'tools.names': tools.names, 'governance.raised': governance.raised, confirm: Object.keys(confirm) };
  return Object.entries(lists).flatMap(([path, names]) => names.filter((name) => !isTool(name)).map((name) => ({ path, message: `there is no tool ${name}` })));
}

function invalid(issues: readonly Issue[]): Refusal {
  return refuse('invalid_params', 'The policy cannot be saved as it is.', { issues: issues.slice(0, LIMITS.issuesTold) });
}
