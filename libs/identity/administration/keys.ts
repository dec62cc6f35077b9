import type { z } from 'zod';
import { openRow, sealRow } from '#event-store';
import { type Refusal, refuse, timestamp } from '#kernel';
import { createKey, follows, revokeKey } from '../facts.ts';
import type { Principal } from '../principal.ts';
import { GOVERNANCE_SCOPES, isAdministrator, mayGovern } from '../roles.ts';
import type { AccessKeyType } from '../secrets.ts';
import { keyStream } from '../streams.ts';
import { keyRow } from '../vault-rows.ts';
import type { Act, AdministrationHouse } from './administer.ts';
import type { keyEditForm, keyForm } from './forms.ts';
import { invalid, NOT_FOUND } from './refusals.ts';

/** A key just made: the only time its secret is said. */
export type MadeKey = {
  readonly keyId: string;
  readonly secret: string;
  readonly type: AccessKeyType;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly siteId: string | null;
  readonly prefix: string;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly status: 'active';
  readonly lastUsed: null;
};

/** A key acts as its person, so each makes their own, and one that reaches no further than they do. */
export function makeKey(form: z.infer<typeof keyForm>): Act<MadeKey> {
  return async (actor, house) => {
    const { organization: organizationId, user: userId } = actor.caller;
    const refused = (await mayMakeKeys(actor, house)) ?? scopesProblem(actor, form.type, form.scopes, house) ?? expiryProblem(form.expiresAt, house);
    if (refused !== null) return refused;
    const boundTo = form.siteId === null ? null : actor.sites.get(form.siteId);
    if (boundTo === undefined) return NOT_FOUND;
    if (boundTo !== null && form.type === 'governance') return invalid('siteId', 'Only a key of type mcp is bound to a site.');
    const scopes = [...new Set(form.scopes)].sort();
    const { keyId, secret, prefix, request } = createKey({ ...form, scopes, organizationId, userId, by: actorOf(actor), vaultKey: actor.keys.vault }, house);
    const { type, name, siteId, expiresAt } = form;
    const createdAt = timestamp(house.clock());
    const shown = { keyId, secret, type, name, scopes, siteId, prefix, createdAt, expiresAt: expiresAt === null ? null : timestamp(expiresAt) };
    return { streams: request.streams, vault: request.vault ?? [], said: { ...shown, status: 'active', lastUsed: null } };
  };
}

/** Name, scopes and expiry of one's own key. The secret and what it is bound to never change. */
export function editKey(keyId: string, form: z.infer<typeof keyEditForm>): Act<null> {
  return async (actor, house) => {
    const { organization: organizationId, user: by } = actor.caller;
    const key = await keyOf(house, actor, keyId);
    if (key === null || key.user_id !== by) return NOT_FOUND;
    const scopes = [...new Set(form.scopes ?? key.scopes)].sort();
    const expiresAt = form.expiresAt === undefined ? key.expiresAt : form.expiresAt;
    const refused =
      (await mayMakeKeys(actor, house)) ??
      (form.scopes === undefined ? null : scopesProblem(actor, key.type, scopes, house)) ??
      (form.expiresAt === undefined ? null : expiryProblem(expiresAt, house));
    if (refused !== null) return refused;
    const kept = keyRow.parse(openRow(actor.keys.vault, { kind: 'secret', id: keyId, ciphertext: key.ciphertext }));
    const edited = { type: 'KeyEdited', data: { organizationId, by, keyId, scopes, expiresAt } } as const;
    return {
      streams: [follows(keyStream, keyId, edited, house)],
      vault: [sealRow(actor.keys.vault, 'secret', keyId, { ...kept, name: form.name ?? kept.name }, house.random)],
      said: null,
    };
  };
}

/** Ends a key: one's own, or for an administrator anyone's. */
export function endKey(keyId: string): Act<null> {
  return async (actor, house) => {
    const { organization: organizationId } = actor.caller;
    const key = await keyOf(house, actor, keyId);
    if (key === null) return NOT_FOUND;
    return { streams: revokeKey({ organizationId, keyId, by: actorOf(actor) }, house).streams, said: null };
  };
}

type KeyRow = { user_id: string; type: AccessKeyType; scopes: string[]; expires_at: string | null; ciphertext: Buffer };

/** A living key that this actor may see: one's own, or for an administrator anyone's. */
async function keyOf({ sql }: AdministrationHouse, { caller, role }: Principal, keyId: string) {
  const { rows } = await sql.query<KeyRow>(
    `select k.user_id, k.type, k.scopes, k.expires_at, v.ciphertext from keys_view k
       join items_vault v on v.organization = k.organization and v.kind = 'secret' and v.id = k.key_id
      where k.organization = $1 and k.key_id = $2 and k.revoked_at is null and (k.user_id = $3 or $4)`,
    [caller.organization, keyId, caller.user, isAdministrator(role)],
  );
  const row = rows[0];
  return row === undefined ? null : { ...row, expiresAt: row.expires_at === null ? null : Number(row.expires_at) };
}

/** As events name who did something. */
function actorOf({ caller, keyType }: Principal): string | undefined {
  return keyType === 'operator' ? undefined : caller.user;
}

async function mayMakeKeys({ caller, role, keyType }: Principal, { sql }: AdministrationHouse): Promise<Refusal | null> {
  if (isAdministrator(role) || keyType === 'operator') return null;
  const { rows } = await sql.query<{ keys: string }>('select keys from organizations_view where organization = $1', [caller.organization]);
  return rows[0]?.keys === 'everyone' ? null : refuse('permission_denied', 'In this organisation only owners and admins may make keys.');
}

/** A governance key reaches no further than the credential that makes it. */
function scopesProblem(actor: Principal, type: AccessKeyType, scopes: readonly string[], { mcpScopes }: AdministrationHouse): Refusal | null {
  const known: readonly string[] = type === 'mcp' ? mcpScopes : GOVERNANCE_SCOPES;
  const unknown = scopes.filter((scope) => !known.includes(scope));
  if (unknown.length > 0) return invalid('scopes', `Invalid scopes for ${type} key type: ${unknown.join(', ')}. There are: ${known.join(', ')}.`);
  const beyond = type === 'mcp' ? [] : GOVERNANCE_SCOPES.filter((scope) => scopes.includes(scope) && !mayGovern(actor, scope));
  return beyond.length === 0 ? null : refuse('permission_denied', `You do not have what this key would: ${beyond.join(', ')}.`);
}

function expiryProblem(expiresAt: number | null, { clock }: AdministrationHouse): Refusal | null {
  return expiresAt === null || expiresAt > clock() ? null : invalid('expiresAt', 'expiresAt must be in the future.');
}
