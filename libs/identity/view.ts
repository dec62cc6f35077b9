import type { InlineView, StoredEvent } from '#event-store';
import { invitationStream, keyStream, memberStream, organizationStream, siteRoleStream, siteStream } from './streams.ts';

const STREAMS = [organizationStream, memberStream, invitationStream, keyStream, siteStream, siteRoleStream] as const;
type IdentityEvent = ReturnType<(typeof STREAMS)[number]['parse']>;
type EventNamed<Type extends IdentityEvent['type']> = Extract<IdentityEvent, { readonly type: Type }>;

/** A statement and its values. */
type Change = readonly [statement: string, ...values: unknown[]];
type Changes = { readonly [Type in IdentityEvent['type']]: (data: EventNamed<Type>['data'], at: number) => Change };

/** Who belongs to what and may do what where, and which keys are alive. Ids and scopes only; names and hashes stay in the vault. */
export const identityView: InlineView = {
  name: 'identity',
  tables: ['organizations_view', 'members_view', 'invitations_view', 'keys_view', 'site_switches_view', 'site_roles_view'],
  handles: STREAMS.flatMap(({ types }) => types),
  async apply(event, sql) {
    const [statement, ...values] = changeBy(parse(event), event.recordedAt);
    await sql.query(statement, values);
  },
};

function parse(event: StoredEvent): IdentityEvent {
  const data: unknown = JSON.parse(event.body.toString('utf8'));
  const stream = STREAMS.find(({ types }) => types.includes(event.type));
  if (stream === undefined) throw new Error(`the identity view does not know ${event.type}`);
  return stream.parse(event.type, data);
}

function changeBy<Type extends IdentityEvent['type']>(event: { readonly type: Type; readonly data: EventNamed<Type>['data'] }, at: number): Change {
  return CHANGES[event.type](event.data, at);
}

/** The one statement that each event means. */
const CHANGES: Changes = {
  OrganizationCreated: ({ organizationId, origin }, at) => [
    `insert into organizations_view (organization, origin, created_at, keys) values ($1, $2, $3, 'everyone')`,
    organizationId,
    origin,
    at,
  ],
  OrganizationSet: ({ organizationId, keys }) => ['update organizations_view set keys = $2 where organization = $1', organizationId, keys],
  MemberAdded: ({ organizationId, userId, role }, at) => [
    `insert into members_view (organization, user_id, role, since, ai, mcp, read_only) values ($1, $2, $3, $4, true, true, false)`,
    organizationId,
    userId,
    role,
    at,
  ],
  MemberRoleChanged: ({ organizationId, userId, role }) => [
    'update members_view set role = $3 where organization = $1 and user_id = $2',
    organizationId,
    userId,
    role,
  ],
  AccountSwitched: ({ organizationId, userId, ai, mcp, readOnly }) => [
    'update members_view set ai = $3, mcp = $4, read_only = $5 where organization = $1 and user_id = $2',
    organizationId,
    userId,
    ai,
    mcp,
    readOnly,
  ],
  MemberRemoved: ({ organizationId, userId }, at) => [
    `with keys_ended as (
       update keys_view set revoked_at = $3 where organization = $1 and user_id = $2 and revoked_at is null
     ), roles_ended as (
       delete from site_roles_view where organization = $1 and user_id = $2
     )
     delete from members_view where organization = $1 and user_id = $2`,
    organizationId,
    userId,
    at,
  ],
  MemberInvited: ({ organizationId, invitationId, role, expiresAt, sites }, at) => [
    'insert into invitations_view (invitation_id, organization, role, sites, invited_at, expires_at) values ($1, $2, $3, $4, $5, $6)',
    invitationId,
    organizationId,
    role,
    JSON.stringify(sites),
    at,
    expiresAt,
  ],
  InvitationAccepted: ({ invitationId }) => ['delete from invitations_view where invitation_id = $1', invitationId],
  InvitationWithdrawn: ({ invitationId }) => ['delete from invitations_view where invitation_id = $1', invitationId],
  KeyCreated: ({ keyId, organizationId, userId, type, scopes, siteId, expiresAt }, at) => [
    `insert into keys_view (key_id, organization, user_id, type, scopes, site_id, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    keyId,
    organizationId,
    userId,
    type,
    scopes,
    siteId,
    at,
    expiresAt,
  ],
  KeyEdited: ({ keyId, scopes, expiresAt }) => ['update keys_view set scopes = $2, expires_at = $3 where key_id = $1', keyId, scopes, expiresAt],
  KeyRevoked: ({ keyId }, at) => ['update keys_view set revoked_at = $2 where key_id = $1', keyId, at],
  SiteOpened: ({ organizationId, siteId }, at) => [
    'insert into site_switches_view (site_id, organization, read_only, archived, mcp, opened_at) values ($1, $2, false, false, true, $3)',
    siteId,
    organizationId,
    at,
  ],
  SiteSwitched: ({ organizationId, siteId, readOnly, archived, mcp }) => [
    'update site_switches_view set read_only = $3, archived = $4, mcp = $5 where organization = $1 and site_id = $2',
    organizationId,
    siteId,
    readOnly,
    archived,
    mcp,
  ],
  SiteRoleGranted: ({ organizationId, siteId, userId, role, expiresAt, accepted }, at) => [
    `insert into site_roles_view (organization, user_id, site_id, role, expires_at, accepted, since) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (organization, user_id, site_id) do update set role = excluded.role, expires_at = excluded.expires_at, accepted = excluded.accepted`,
    organizationId,
    userId,
    siteId,
    role,
    expiresAt,
    accepted,
    at,
  ],
  SiteRoleEnded: ({ organizationId, siteId, userId }) => [
    'delete from site_roles_view where organization = $1 and user_id = $2 and site_id = $3',
    organizationId,
    userId,
    siteId,
  ],
};
