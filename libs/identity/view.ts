import type { InlineView, StoredEvent } from '#event-store';
import { keyStream, memberStream, organizationStream } from './streams.ts';

type IdentityEvent = ReturnType<typeof organizationStream.parse> | ReturnType<typeof memberStream.parse> | ReturnType<typeof keyStream.parse>;

/** Who belongs to what, and which keys are alive. Ids and scopes only; names and hashes stay in the vault. */
export const identityView: InlineView = {
  name: 'identity',
  tables: ['organizations_view', 'members_view', 'keys_view'],
  handles: [...organizationStream.types, ...memberStream.types, ...keyStream.types],
  async apply(event, sql) {
    const [statement, ...values] = change(parse(event), event.recordedAt);
    await sql.query(statement, values);
  },
};

function parse(event: StoredEvent): IdentityEvent {
  const data: unknown = JSON.parse(event.body.toString('utf8'));
  const stream = [organizationStream, memberStream, keyStream].find(({ types }) => types.includes(event.type));
  if (stream === undefined) throw new Error(`the identity view does not know ${event.type}`);
  return stream.parse(event.type, data);
}

/** The one statement that an event means, and its values. */
function change({ type, data }: IdentityEvent, at: number): [statement: string, ...values: unknown[]] {
  switch (type) {
    case 'OrganizationCreated':
      return ['insert into organizations_view (organization, origin, created_at) values ($1, $2, $3)', data.organizationId, data.origin, at];
    case 'MemberAdded':
      return [
        `insert into members_view (organization, user_id, role, since) values ($1, $2, $3, $4)
         on conflict (organization, user_id) do update set role = excluded.role, since = excluded.since`,
        data.organizationId,
        data.userId,
        data.role,
        at,
      ];
    case 'MemberRemoved':
      return ['delete from members_view where organization = $1 and user_id = $2', data.organizationId, data.userId];
    case 'KeyCreated':
      return [
        `insert into keys_view (key_id, organization, user_id, type, scopes, site_id, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)`,
        data.keyId,
        data.organizationId,
        data.userId,
        data.type,
        data.scopes,
        data.siteId,
        at,
        data.expiresAt,
      ];
    case 'KeyRevoked':
      return ['update keys_view set revoked_at = $2 where key_id = $1', data.keyId, at];
  }
}
