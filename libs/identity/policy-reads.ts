import type { Sql } from '#event-store';
import { FIRST_POLICY, type Policy, type PolicyRules } from './policy.ts';

/** A version of a policy, and when it was saved in Unix milliseconds. */
export type SavedPolicy = { readonly policy: Policy; readonly at: number };

/** A saved version; null: the first, which no row holds. */
export type PolicyRow = { readonly version: number; readonly hash: string; readonly rules: PolicyRules } | null;

export function policyFrom(row: PolicyRow): Policy {
  return row === null ? FIRST_POLICY : { version: row.version, hash: row.hash, ...row.rules };
}

/** The newest policy of organisation `k.organization`, as one column of the type {@link PolicyRow}. */
export const POLICY_IN_FORCE = `
  (select jsonb_build_object('version', version, 'hash', hash, 'rules', rules)
     from policies_view where organization = k.organization order by version desc limit 1)`;

/** The policy in force, or one version of it; null where there is no such version. */
export async function readPolicy(sql: Sql, organization: string, version: number | null): Promise<SavedPolicy | null> {
  const { rows } = await sql.query<{ policy: PolicyRow; created_at: string; saved_at: string | null }>(
    `select o.created_at, p.saved_at, case when p.version is not null then jsonb_build_object('version', p.version, 'hash', p.hash, 'rules', p.rules) end as policy
       from organizations_view o
       left join policies_view p on p.organization = o.organization and ($2::int is null or p.version = $2)
      where o.organization = $1
      order by p.version desc limit 1`,
    [organization, version],
  );
  const [row] = rows;
  const isThere = row !== undefined && (row.policy !== null || version === null || version === FIRST_POLICY.version);
  return isThere ? { policy: policyFrom(row.policy), at: Number(row.saved_at ?? row.created_at) } : null;
}
