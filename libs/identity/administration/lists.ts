import { z } from 'zod';
import { openRow, type Sql } from '#event-store';
import { timestamp } from '#kernel';
import { keyUse } from '../key-uses.ts';
import type { Principal } from '../principal.ts';
import { isAdministrator } from '../roles.ts';
import type { AccessKeyType } from '../secrets.ts';
import type { MemberRole, SiteRole } from '../streams.ts';
import { keyRow, personRow } from '../vault-rows.ts';
import { type Page, type PageQuery, pageOf } from './pages.ts';

type Reading = { readonly sql: Sql; readonly clock: () => number };

/** `at` and `id` are what a list goes by, newest first. */
type Placed = { at: string; id: string };

/** The rows after a place: `$1` is the organisation, `$2` and `$3` the place, `$4` how many; the rest as given. */
async function rowsOf<Row extends Placed>(
  sql: Sql,
  from: string,
  organization: string,
  { after, limit }: PageQuery,
  ...more: readonly unknown[]
): Promise<Row[]> {
  const place = [after?.at ?? null, after?.id ?? null, limit + 1];
  const statement = `select * from (${from}) x where $2::bigint is null or (x.at, x.id) < ($2::bigint, $3::text) order by x.at desc, x.id desc limit $4`;
  return (await sql.query<Row>(statement, [organization, ...place, ...more])).rows;
}

function time(milliseconds: string | null): string | null {
  return milliseconds === null ? null : timestamp(Number(milliseconds));
}

/** Whoever asks for keys: a principal, or the operator as one who sees all. */
type KeyReader = Pick<Principal, 'role'> & {
  readonly caller: { readonly organization: string; readonly user: string };
  readonly keys: { readonly vault: Uint8Array };
};

type KeyItemRow = Placed & {
  user_id: string;
  type: AccessKeyType;
  scopes: string[];
  site_id: string | null;
  expires_at: string | null;
  revoked_at: string | null;
  key_row: Buffer;
  use_row: Buffer | null;
};

/** One's own keys; for an administrator, everyone's. `keyId`: that one alone. */
export async function listKeys({ caller, role, keys: { vault } }: KeyReader, page: PageQuery, { sql, clock }: Reading, keyId: string | null = null) {
  const rows = await rowsOf<KeyItemRow>(
    sql,
    `select k.key_id as id, k.created_at as at, k.user_id, k.type, k.scopes, k.site_id, k.expires_at, k.revoked_at, v.ciphertext as key_row, u.ciphertext as use_row
       from keys_view k
       join items_vault v on v.organization = k.organization and v.kind = 'secret' and v.id = k.key_id
       left join key_uses_vault u on u.key_id = k.key_id
      where k.organization = $1 and ($5::text is null or k.user_id = $5) and ($6::text is null or k.key_id = $6)`,
    caller.organization,
    page,
    isAdministrator(role) ? null : caller.user,
    keyId,
  );
  return pageOf(rows, page.limit, (row) => {
    const { name, prefix } = keyRow.parse(openRow(vault, { kind: 'secret', id: row.id, ciphertext: row.key_row }));
    const use = row.use_row === null ? null : keyUse.parse(openRow(vault, { kind: 'person', id: row.id, ciphertext: row.use_row }));
    return {
      keyId: row.id,
      userId: row.user_id,
      type: row.type,
      name,
      scopes: row.scopes,
      siteId: row.site_id,
      prefix,
      createdAt: time(row.at),
      expiresAt: time(row.expires_at),
      status: statusOf(row, clock()),
      lastUsed: use === null ? null : { ...use, at: timestamp(use.at) },
    };
  });
}

function statusOf({ revoked_at, expires_at }: KeyItemRow, now: number): 'active' | 'expired' | 'revoked' {
  if (revoked_at !== null) return 'revoked';
  return expires_at !== null && Number(expires_at) <= now ? 'expired' : 'active';
}

type MemberItemRow = Placed & {
  invited: boolean;
  role: MemberRole;
  ai: boolean | null;
  mcp: boolean | null;
  read_only: boolean | null;
  expires_at: string | null;
  person_row: Buffer;
};

/** Members, and those invited who have not answered yet (their id is the invitation's). */
export async function listMembers({ caller, keys: { vault } }: Principal, page: PageQuery, { sql, clock }: Reading, memberId: string | null = null) {
  const rows = await rowsOf<MemberItemRow>(
    sql,
    `select m.*, p.ciphertext as person_row
       from (select user_id as id, since as at, false as invited, role, ai, mcp, read_only, null::bigint as expires_at from members_view where organization = $1
             union all
             select invitation_id, invited_at, true, role, null, null, null, expires_at from invitations_view where organization = $1) m
       join items_vault p on p.organization = $1 and p.kind = 'person' and p.id = m.id
      where $5::text is null or m.id = $5`,
    caller.organization,
    page,
    memberId,
  );
  return pageOf(rows, page.limit, ({ id, at, invited, role, ai, mcp, read_only, expires_at, person_row }) => {
    const person = personRow.parse(openRow(vault, { kind: 'person', id, ciphertext: person_row }));
    const open = expires_at === null || Number(expires_at) > clock();
    return {
      userId: invited ? null : id,
      invitationId: invited ? id : null,
      ...person,
      role,
      status: invited ? (open ? 'invited' : 'expired') : 'active',
      account: invited ? null : { ai, mcp, readOnly: read_only },
      since: time(at),
      expiresAt: time(expires_at),
    };
  });
}

type SiteItemRow = Placed & { read_only: boolean; archived: boolean; mcp: boolean; members: number; name_row: Buffer | null };

/** Written by content, under a site's id. */
const siteName = z.looseObject({ name: z.string() });

/** The sites one has a role in; for an administrator, every site. `siteId`: that one alone. */
export async function listSites({ caller, role, sites, keys: { vault } }: Principal, page: PageQuery, { sql, clock }: Reading, siteId: string | null = null) {
  const live = [...sites].filter(([, { expiresAt }]) => expiresAt === null || expiresAt > clock()).map(([id]) => id);
  const rows = await rowsOf<SiteItemRow>(
    sql,
    `select s.site_id as id, s.opened_at as at, s.read_only, s.archived, s.mcp, v.ciphertext as name_row,
            (select count(*)::int from site_roles_view r where r.site_id = s.site_id) as members
       from site_switches_view s
       left join items_vault v on v.organization = s.organization and v.kind = 'name' and v.id = s.site_id
      where s.organization = $1 and ($5::text[] is null or s.site_id = any($5)) and ($6::text is null or s.site_id = $6)`,
    caller.organization,
    page,
    isAdministrator(role) ? null : live,
    siteId,
  );
  return pageOf(rows, page.limit, ({ id, at, read_only, archived, mcp, members, name_row }) => ({
    siteId: id,
    name: name_row === null ? null : siteName.parse(openRow(vault, { kind: 'name', id, ciphertext: name_row })).name,
    readOnly: read_only,
    archived,
    mcp,
    members,
    role: sites.get(id)?.role ?? null,
    createdAt: time(at),
  }));
}

type SiteMemberRow = Placed & { role: SiteRole; expires_at: string | null; accepted: boolean; person_row: Buffer };

/** Who has which role in a site. */
export async function listSiteMembers({ caller, keys: { vault } }: Principal, siteId: string, page: PageQuery, { sql }: Reading) {
  const rows = await rowsOf<SiteMemberRow>(
    sql,
    `select r.user_id as id, r.since as at, r.role, r.expires_at, r.accepted, p.ciphertext as person_row
       from site_roles_view r
       join items_vault p on p.organization = r.organization and p.kind = 'person' and p.id = r.user_id
      where r.organization = $1 and r.site_id = $5`,
    caller.organization,
    page,
    siteId,
  );
  return pageOf(rows, page.limit, ({ id, at, role, expires_at, accepted, person_row }) => ({
    userId: id,
    ...personRow.parse(openRow(vault, { kind: 'person', id, ciphertext: person_row })),
    role,
    accepted,
    expiresAt: time(expires_at),
    since: time(at),
  }));
}

type ChangeRow = Placed & { type: string; recorded_at: string; data: Record<string, unknown>; by: string | null; person_row: Buffer | null };

/** Who changed what of who may do what. `by` is null for the operator. */
export async function listChanges({ caller, keys: { vault } }: Principal, page: PageQuery, { sql }: Reading) {
  const rows = await rowsOf<ChangeRow>(
    sql,
    `select c.event_id as id, c.position as at, c.type, c.at as recorded_at, c.data, c.data->>'by' as by, p.ciphertext as person_row
       from changes_view c
       left join items_vault p on p.organization = c.organization and p.kind = 'person' and p.id = c.data->>'by'
      where c.organization = $1`,
    caller.organization,
    page,
  );
  return pageOf(rows, page.limit, ({ id, type, recorded_at, data: { by: _by, organizationId: _organization, ...data }, by, person_row }) => ({
    eventId: id,
    at: time(recorded_at),
    change: type.slice(type.indexOf('.') + 1),
    by:
      by === null
        ? null
        : { id: by, email: person_row === null ? null : personRow.parse(openRow(vault, { kind: 'person', id: by, ciphertext: person_row })).email },
    data,
  }));
}

/** The item of a list that was asked for one thing. */
export function onlyItem<Item>({ items }: Page<Item>): Item | null {
  return items[0] ?? null;
}
