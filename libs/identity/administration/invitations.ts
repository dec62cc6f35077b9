import { z } from 'zod';
import { openRow, sealRow } from '#event-store';
import { isRefusal, LIMITS, newId, type Refusal, refuse, timestamp } from '#kernel';
import { normalEmail } from '../accounts.ts';
import { follows, memberId, siteRoleId, starts } from '../facts.ts';
import { hashPassword, provesPassword } from '../password.ts';
import { authorityCounter } from '../principal.ts';
import { isAdministrator } from '../roles.ts';
import { claimOf, mintSecret, provesSecret } from '../secrets.ts';
import { invitationStream, type MemberRole, memberStream, type SiteRole, siteRoleStream } from '../streams.ts';
import { personRow } from '../vault-rows.ts';
import type { Act, AdministrationHouse } from './administer.ts';
import type { acceptanceForm, invitationForm } from './forms.ts';
import { maySetRoles } from './members.ts';
import { NOT_ADMINISTRATOR, NOT_FOUND } from './refusals.ts';
import { sitesThere } from './sites.ts';

/** The link's secret is said once and kept as its hash. */
export type Invitation = {
  readonly invitationId: string;
  readonly token: string;
  readonly email: string;
  readonly role: MemberRole;
  readonly expiresAt: string;
};

const tokenRow = z.strictObject({ sha256: z.string() });

/** Asks a person in, as a member of this role and with these roles in sites, for seven days. */
export function inviteMember(form: z.infer<typeof invitationForm>): Act<Invitation> {
  return async (actor, house) => {
    const { organization, user: by } = actor.caller;
    const refused = maySetRoles(actor, form.role);
    if (refused !== null) return refused;
    if (
      !(await sitesThere(
        house,
        organization,
        form.sites.map(({ siteId }) => siteId),
      ))
    )
      return NOT_FOUND;
    const { id: invitationId, secret: token, sha256 } = mintSecret('invitation', house.random);
    const expiresAt = house.clock() + LIMITS.invitationMilliseconds;
    const invited = { type: 'MemberInvited', data: { organizationId: organization, by, invitationId, role: form.role, expiresAt, sites: form.sites } } as const;
    const email = normalEmail(form.email);
    return {
      streams: [starts(invitationStream, invitationId, invited, house)],
      vault: [
        sealRow(actor.keys.vault, 'secret', invitationId, { sha256: sha256.toString('hex') }, house.random),
        sealRow(actor.keys.vault, 'person', invitationId, { email, name: form.name ?? email }, house.random),
      ],
      said: { invitationId, token, email, role: form.role, expiresAt: timestamp(expiresAt) },
    };
  };
}

export function withdrawInvitation(invitationId: string): Act<null> {
  return async (actor, house) => {
    const { organization, user: by } = actor.caller;
    if (!isAdministrator(actor.role)) return NOT_ADMINISTRATOR;
    const { rowCount } = await house.sql.query('select 1 from invitations_view where organization = $1 and invitation_id = $2', [organization, invitationId]);
    if (rowCount === 0) return NOT_FOUND;
    const withdrawn = { type: 'InvitationWithdrawn', data: { organizationId: organization, by, invitationId } } as const;
    return { streams: [follows(invitationStream, invitationId, withdrawn, house)], said: null };
  };
}

export type Accepted = { readonly organizationId: string; readonly userId: string; readonly role: MemberRole };

/**
 * Makes a member of whoever holds an invitation's secret. A person new to the deployment chooses a password; one with
 * an account proves it with theirs. Unknown, used, withdrawn and expired are one refusal.
 */
export async function acceptInvitation(given: z.infer<typeof acceptanceForm>, source: string, house: AdministrationHouse): Promise<Accepted | Refusal> {
  const limited = await house.sessions.throttle({ source, account: `invitation:${claimOf(given.token)?.id ?? ''}` });
  if (limited !== null) return limited;
  for (let attempt = 1; attempt <= LIMITS.administrationAttempts; attempt++) {
    const found = await findInvitation(given.token, house);
    if (found === null) return NOT_FOUND;
    const userId = await accountFor(found.email, given.password, house);
    if (isRefusal(userId)) return userId;
    const accepted = await join(found, userId, given.name ?? found.name, house);
    if (accepted !== 'decide again') return accepted;
  }
  return refuse('conflict', 'Too many changes were made at the same moment. Try again.', { retryAfterSeconds: 1 });
}

async function join(found: FoundInvitation, userId: string, name: string, house: AdministrationHouse): Promise<Accepted | Refusal | 'decide again'> {
  const { organization: organizationId, invitationId, email, role, vaultKey, authority } = found;
  const present = await house.sql.query('select 1 from members_view where organization = $1 and user_id = $2', [organizationId, userId]);
  if (present.rowCount !== 0) return refuse('conflict', 'You are a member of this organisation already.');
  const accepted = { type: 'InvitationAccepted', data: { organizationId, invitationId, userId } } as const;
  const added = { type: 'MemberAdded', data: { organizationId, userId, role, by: userId } } as const;
  const counter = authorityCounter(organizationId);
  const result = await house.store.append({
    organization: organizationId,
    streams: [
      follows(invitationStream, invitationId, accepted, house),
      follows(memberStream, memberId(organizationId, userId), added, house),
      ...found.sites.map(({ siteId, ...grant }) => {
        const granted = { type: 'SiteRoleGranted', data: { organizationId, siteId, userId, ...grant, accepted: true, by: userId } } as const;
        return follows(siteRoleStream, siteRoleId(siteId, userId), granted, house);
      }),
    ],
    vault: [sealRow(vaultKey, 'person', userId, { email, name }, house.random)],
    bump: [counter],
    assert: { [counter]: authority },
  });
  house.principals.forget(organizationId);
  return result.outcome === 'appended' ? { organizationId, userId, role } : 'decide again';
}

/** The account of an e-mail address, proven by its password; a new one with this password where there is none. */
async function accountFor(email: string, password: string, { accounts, random }: AdministrationHouse): Promise<string | Refusal> {
  const fresh = { email, userId: newId('user', random) };
  const known = await accounts.find(email);
  if (known === null && (await accounts.create({ ...fresh, passwordHash: await hashPassword(password, random) }))) return fresh.userId;
  const account = known ?? (await accounts.find(email));
  const proven = account !== null && (await provesPassword(password, account.passwordHash));
  return proven ? account.userId : refuse('unauthenticated', 'You have an account here already: its password is needed.');
}

type InvitationRow = {
  organization: string;
  role: MemberRole;
  sites: { siteId: string; role: SiteRole; expiresAt: number | null }[];
  expires_at: string;
  secret_row: Buffer;
  person_row: Buffer;
  authority: string;
};

type FoundInvitation = NonNullable<Awaited<ReturnType<typeof findInvitation>>>;

async function findInvitation(token: string, { sql, identities, clock }: AdministrationHouse) {
  const claim = claimOf(token);
  if (claim?.kind !== 'invitation') return null;
  const { rows } = await sql.query<InvitationRow>(
    `select i.organization, i.role, i.sites, i.expires_at, s.ciphertext as secret_row, p.ciphertext as person_row,
            coalesce((select value from counters where name = 'authority/' || i.organization), 0) as authority
       from invitations_view i
       join items_vault s on s.organization = i.organization and s.kind = 'secret' and s.id = i.invitation_id
       join items_vault p on p.organization = i.organization and p.kind = 'person' and p.id = i.invitation_id
      where i.invitation_id = $1`,
    [claim.id],
  );
  const row = rows[0];
  if (row === undefined || Number(row.expires_at) <= clock()) return null;
  const vaultKey = (await identities.of(row.organization)).keys.vault;
  const { sha256 } = tokenRow.parse(openRow(vaultKey, { kind: 'secret', id: claim.id, ciphertext: row.secret_row }));
  if (!provesSecret(token, Buffer.from(sha256, 'hex'))) return null;
  const person = personRow.parse(openRow(vaultKey, { kind: 'person', id: claim.id, ciphertext: row.person_row }));
  return { ...row, ...person, authority: Number(row.authority), invitationId: claim.id, vaultKey };
}
