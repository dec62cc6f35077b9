import { POLICY_IN_FORCE } from './policy-reads.ts';

/**
 * One statement for each sort of credential, so one snapshot: credential, member, organisation and all site roles of
 * the person were true together, at the authority counter's value in the same row.
 */
const principalBy = (credential: string) => `
  select k.organization, o.origin, k.user_id, k.type, k.scopes, k.site_id, k.expires_at, m.role, m.ai, m.mcp, m.read_only,
         coalesce((
           select jsonb_agg(jsonb_build_object('siteId', r.site_id, 'role', r.role, 'expiresAt', r.expires_at, 'accepted', r.accepted,
                                               'readOnly', s.read_only, 'archived', s.archived, 'mcp', s.mcp))
             from site_roles_view r
             join site_switches_view s on s.organization = r.organization and s.site_id = r.site_id
            where r.organization = k.organization and r.user_id = k.user_id
         ), '[]') as sites,
         ${POLICY_IN_FORCE} as policy,
         key_row.ciphertext as key_row, k.session_sha256,
         person_row.ciphertext as person_row, organization_row.ciphertext as organization_row,
         coalesce((select value from counters where name = 'authority/' || k.organization), 0) as authority
    from (${credential}) k
    join members_view m on m.organization = k.organization and m.user_id = k.user_id and (k.member_since is null or m.since = k.member_since)
    join organizations_view o on o.organization = k.organization
    left join items_vault key_row on key_row.organization = k.organization and key_row.kind = 'secret' and key_row.id = k.id
    join items_vault person_row on person_row.organization = k.organization and person_row.kind = 'person' and person_row.id = k.user_id
    join items_vault organization_row on organization_row.organization = k.organization and organization_row.kind = 'secret' and organization_row.id = k.organization`;

/** `$1`: the key's id. */
export const READ_KEY = principalBy(`
  select key_id as id, organization, user_id, type, scopes, site_id, expires_at, null::bytea as session_sha256, null::bigint as member_since
    from keys_view where key_id = $1 and revoked_at is null`);

/** `$1`: what the credential is called, `$2`: the organisation, `$3`: the member. */
export const READ_MEMBER = principalBy(`
  select $1::text as id, organization, user_id, 'operator' as type, '{}'::text[] as scopes, null::text as site_id, null::bigint as expires_at,
         ''::bytea as session_sha256, since as member_since
    from members_view where organization = $2 and user_id = $3`);

/** `$1`: the session's id; `$2`: its app, null: any. */
export const READ_SESSION = principalBy(`
  select session_id as id, organization, user_id, 'session' as type, '{}'::text[] as scopes, null::text as site_id, expires_at, sha256 as session_sha256, member_since
    from sessions_vault where session_id = $1 and app = coalesce($2::text, app)`);
