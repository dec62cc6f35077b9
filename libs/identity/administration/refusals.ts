import { type Refusal, refuse } from '#kernel';
import type { Policy } from '../policy.ts';

/** What is not there and what may not be seen are one answer. */
export const NOT_FOUND: Refusal = refuse('not_found', 'There is nothing of this id.');

export const NOT_ADMINISTRATOR: Refusal = refuse('permission_denied', 'Only owners and admins of the organisation may do this.');

export function invalid(path: string, message: string): Refusal {
  return refuse('invalid_params', message, { issues: [{ path, message }] });
}

export function policyForbids({ version }: Pick<Policy, 'version'>): Refusal {
  return refuse('policy_denied', `The policy of the organisation, version ${version}, does not allow this.`);
}
