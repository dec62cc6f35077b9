import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isRefusal, LIMITS } from '#kernel';
import { type IdentityHouse, openIdentity } from '../../../test/support/identity.ts';
import { siteRolesNow } from '../site-grant.ts';
import type { MemberRole } from '../streams.ts';
import { administer } from './administer.ts';
import { invitationForm, keyForm } from './forms.ts';
import { acceptInvitation, inviteMember, withdrawInvitation } from './invitations.ts';
import { editKey, endKey, makeKey } from './keys.ts';
import { listKeys, listMembers, listSiteMembers, listSites } from './lists.ts';
import { changeMember, removeMember } from './members.ts';
import { pageQuery } from './pages.ts';
import { setOrganization } from './settings.ts';
import { acceptSiteRole, endSiteRole, grantSiteRoles, switchSite } from './sites.ts';

let house: IdentityHouse;
let people = 0;

beforeAll(async () => {
  house = await openIdentity();
});
afterAll(() => house.close());

const PASSWORD = 'a password of some length';
const ALL = { after: null, limit: 200 };

async function organization() {
  const made = await house.organization({ email: `owner-${people++}@example.org` });
  return { ...made, owner: await house.actor(made.organizationId, made.userId) };
}
type Organization = Awaited<ReturnType<typeof organization>>;

/** A person who was invited and accepted. */
async function member({ owner, organizationId }: Organization, role: MemberRole = 'member', sites: { siteId: string; role: 'viewer' | 'admin' }[] = []) {
  const form = invitationForm.parse({ email: `person-${people++}@example.org`, role, sites });
  const { token } = await house.done(owner, inviteMember(form));
  const accepted = await acceptInvitation({ token, password: PASSWORD }, `source-${people}`, house.administration);
  if (isRefusal(accepted)) throw new Error(accepted.message);
  return { userId: accepted.userId, actor: await house.actor(organizationId, accepted.userId) };
}

describe('members', () => {
  it('are invited by a link that works once, for seven days, and is kept as a hash', async () => {
    const ours = await organization();
    const invite = async (email: string) => (await house.done(ours.owner, inviteMember(invitationForm.parse({ email, role: 'auditor', name: 'Eve' })))).token;
    const accept = (token: string, password = PASSWORD) => acceptInvitation({ token, password }, 'accepting', house.administration);
    const token = await invite('Eve@Example.org');
    const accepted = await accept(token);
    expect(accepted).toMatchObject({ organizationId: ours.organizationId, role: 'auditor' });

    const withdrawn = await house.done(ours.owner, inviteMember(invitationForm.parse({ email: 'w@example.org' })));
    await house.done(ours.owner, withdrawInvitation(withdrawn.invitationId));
    const late = await invite('late@example.org');
    house.time.now += LIMITS.invitationMilliseconds;
    const dead = [token, withdrawn.token, late, `${late.slice(0, -1)}a`, 'dpn_inv_', ''];
    const answers = await Promise.all(dead.map((one) => accept(one)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ refused: true, code: 'not_found' });

    const { items } = await listMembers(ours.owner, ALL, house.administration);
    expect(items.map(({ email, name, role, status }) => [email, name, role, status]).sort()).toEqual([
      ['eve@example.org', 'Eve', 'auditor', 'active'],
      ['late@example.org', 'Eve', 'auditor', 'expired'],
      [ours.owner.email, ours.owner.email, 'owner', 'active'],
    ]);
    const { rows } = await house.sql.query(`select convert_from(body, 'utf8') as body from events where type like 'identity.%'`);
    expect(JSON.stringify(rows)).not.toMatch(/example\.org|Eve/);
  });

  it('are one person in two organisations, by the password they have', async () => {
    const [one, two] = [await organization(), await organization()];
    const invite = async ({ owner }: Organization) => (await house.done(owner, inviteMember(invitationForm.parse({ email: 'both@example.org' })))).token;
    const [first, second] = [await invite(one), await invite(two)];
    const accepted = await acceptInvitation({ token: first, password: PASSWORD }, 'both', house.administration);
    expect(await acceptInvitation({ token: second, password: 'another password' }, 'both', house.administration)).toMatchObject({ code: 'unauthenticated' });
    const again = await acceptInvitation({ token: second, password: PASSWORD }, 'both', house.administration);
    if (isRefusal(accepted) || isRefusal(again)) throw new Error('not accepted');
    expect([again.userId, again.organizationId]).toEqual([accepted.userId, two.organizationId]);
    await house.done(one.owner, removeMember(again.userId));
    expect((await house.actor(two.organizationId, again.userId)).role).toBe('member');
  });

  it('are administered by owners and admins; owners by owners; the last of them stays', async () => {
    const ours = await organization();
    const roles = ['admin', 'compliance_admin', 'auditor', 'member'] as const;
    const made = await Promise.all(roles.map((role) => member(ours, role)));
    const [admin, compliance, auditor, plain] = made;
    if (!admin || !compliance || !auditor || !plain) throw new Error('unreachable');
    for (const { actor } of [compliance, auditor, plain]) {
      expect(await house.refused(actor, changeMember(actor.caller.user, { role: 'owner' }))).toBe('permission_denied');
      expect(await house.refused(actor, removeMember(admin.userId))).toBe('permission_denied');
      expect(await house.refused(actor, inviteMember(invitationForm.parse({ email: 'x@example.org' })))).toBe('permission_denied');
      expect(await house.refused(actor, setOrganization({ keys: 'admins' }))).toBe('permission_denied');
      expect(await house.refused(actor, changeMember(admin.userId, { account: { mcp: false } }))).toBe('not_found');
    }
    expect(await house.refused(admin.actor, changeMember(admin.userId, { role: 'owner' }))).toBe('permission_denied');
    expect(await house.refused(admin.actor, removeMember(ours.userId))).toBe('permission_denied');
    expect(await house.refused(ours.owner, removeMember(ours.userId))).toBe('conflict');
    expect(await house.refused(ours.owner, changeMember(ours.userId, { role: 'member' }))).toBe('conflict');
    await house.done(admin.actor, changeMember(auditor.userId, { role: 'compliance_admin' }));
    await house.done(ours.owner, changeMember(admin.userId, { role: 'owner' }));
    await house.done(ours.owner, changeMember(ours.userId, { role: 'member' }));
    const { items } = await listMembers(admin.actor, ALL, house.administration);
    expect(new Map(items.map(({ userId, role }) => [userId, role])).get(ours.userId)).toBe('member');
  });

  it('that are removed take their keys and site roles with them, and come back without', async () => {
    const ours = await organization();
    const siteId = await house.site(ours.organizationId, ours.userId);
    const { userId } = await member(ours, 'member', [{ siteId, role: 'viewer' }]);
    const secret = await house.key(ours.organizationId, userId);
    expect((await house.present(secret)).sites.get(siteId)).toMatchObject({ role: 'viewer', accepted: true });
    await house.done(ours.owner, removeMember(userId));
    expect(await house.principals.ofNow(secret)).toBeNull();
    const { token } = await house.done(ours.owner, inviteMember(invitationForm.parse({ email: `person-${people - 1}@example.org` })));
    expect(await acceptInvitation({ token, password: PASSWORD }, 'back', house.administration)).toMatchObject({ userId });
    expect(await house.principals.ofNow(secret)).toBeNull();
    expect((await house.present(await house.key(ours.organizationId, userId))).sites.size).toBe(0);
  });

  it('narrow for themselves what a policy that is not strict allows', async () => {
    const ours = await organization();
    const { actor, userId } = await member(ours);
    expect(await house.refused(actor, changeMember(userId, { account: { mcp: false } }))).toBe('policy_denied');
    const loose = { ...actor, policy: { ...actor.policy, strict: false } };
    expect((await house.principals.again(actor))?.authority).toBe(actor.authority);
    await house.done(loose, changeMember(userId, { account: { mcp: false } }));
    expect((await house.principals.again(actor))?.account).toEqual({ ai: true, mcp: false, readOnly: false });
    const narrow = { ...loose, policy: { ...loose.policy, ai: false } };
    expect(await house.refused(narrow, changeMember(userId, { account: { ai: true } }))).toBe('policy_denied');
  });
});

describe('sites', () => {
  it('are run by their owners and admins and by the administrators; for all others they are not there or not theirs', async () => {
    const ours = await organization();
    const theirs = await organization();
    const siteId = await house.site(ours.organizationId, ours.userId);
    const [admin, viewer, stranger] = [
      await member(ours, 'member', [{ siteId, role: 'admin' }]),
      await member(ours, 'member', [{ siteId, role: 'viewer' }]),
      await member(ours),
    ];
    const acts = [switchSite(siteId, { mcp: false }), grantSiteRoles(siteId, { members: [{ userId: stranger.userId, role: 'viewer', expiresAt: null }] })];
    for (const act of [...acts, endSiteRole(siteId, admin.userId)]) {
      expect(await house.refused(viewer.actor, act)).toBe('permission_denied');
      for (const actor of [stranger.actor, theirs.owner]) expect(await house.refused(actor, act)).toBe('not_found');
    }
    expect(await house.refused(admin.actor, switchSite('sit_unknown', {}))).toBe('not_found');
    await house.done(viewer.actor, endSiteRole(siteId, viewer.userId));
    const owner = { userId: stranger.userId, role: 'owner', expiresAt: null } as const;
    expect(await house.refused(admin.actor, grantSiteRoles(siteId, { members: [owner] }))).toBe('permission_denied');
    expect(await house.refused(admin.actor, endSiteRole(siteId, ours.userId))).toBe('permission_denied');
    expect(await house.refused(admin.actor, grantSiteRoles(siteId, { members: [{ ...owner, role: 'viewer', userId: theirs.userId }] }))).toBe('not_found');
    await house.done(admin.actor, grantSiteRoles(siteId, { members: [{ ...owner, role: 'editor' }] }));
    const seen = await listSiteMembers(ours.owner, siteId, ALL, house.administration);
    expect(seen.items.map(({ role, accepted }) => [role, accepted]).sort()).toEqual([
      ['admin', true],
      ['editor', false],
      ['owner', true],
    ]);
    const now = await house.principals.again(stranger.actor);
    if (now === null) throw new Error('gone');
    await house.done(now, acceptSiteRole(siteId));
    expect((await house.principals.again(now))?.sites.get(siteId)?.accepted).toBe(true);
    const listed = async (by: typeof now) =>
      (await listSites((await house.principals.again(by)) ?? by, ALL, house.administration)).items.map((site) => site.siteId);
    expect([await listed(ours.owner), await listed(now), await listed(viewer.actor), await listed(theirs.owner)]).toEqual([[siteId], [siteId], [], []]);
  });

  it('close to agents with their switches and when a role has expired, at the very millisecond', async () => {
    const ours = await organization();
    const siteId = await house.site(ours.organizationId, ours.userId);
    const { userId } = await member(ours);
    const expiresAt = house.time.now + 1_000;
    await house.done(ours.owner, grantSiteRoles(siteId, { members: [{ userId, role: 'editor', expiresAt }] }));
    const secret = await house.key(ours.organizationId, userId);
    const open = async () => siteRolesNow(await house.present(secret), house.time.now).siteIds.length;
    expect(await open()).toBe(1);
    for (const [off, on] of [
      [{ mcp: false }, { mcp: true }],
      [{ archived: true }, { archived: false }],
    ] as const) {
      await house.done(ours.owner, switchSite(siteId, off));
      expect(await open()).toBe(0);
      await house.done(ours.owner, switchSite(siteId, on));
      expect(await open()).toBe(1);
    }
    const fresh = (await house.principals.again(ours.owner)) ?? ours.owner;
    const narrow = { ...fresh, policy: { ...fresh.policy, mcp: false, readOnly: true } };
    for (const wider of [{ mcp: true }, { readOnly: false }]) expect(await house.refused(narrow, switchSite(siteId, wider))).toBe('policy_denied');
    await house.done(ours.owner, switchSite(siteId, { readOnly: true }));
    expect((await house.present(secret)).sites.get(siteId)).toMatchObject({ readOnly: true, mcp: true, archived: false });
    house.time.now = expiresAt;
    expect(await open()).toBe(0);
  });
});

describe('keys', () => {
  const form = (more: Record<string, unknown> = {}) => keyForm.parse({ type: 'mcp', name: 'laptop', scopes: ['mcp:read'], ...more });

  it('are made, listed, edited and ended; the secret is said once and kept as its hash', async () => {
    const ours = await organization();
    const siteId = await house.site(ours.organizationId, ours.userId);
    const actor = (await house.principals.again(ours.owner)) ?? ours.owner;
    const made = await house.done(actor, makeKey(form({ siteId, expiresAt: new Date(house.time.now + 5_000).toISOString() })));
    expect(made).toMatchObject({
      secret: expect.stringMatching(/^dpn_mcp_[a-z2-7]{78}$/),
      prefix: made.secret.slice(0, 12),
      siteId,
      status: 'active',
      lastUsed: null,
    });
    const listed = async () => (await listKeys(actor, ALL, house.administration)).items.find(({ keyId }) => keyId === made.keyId);
    const { secret, ...shown } = made;
    expect(await listed()).toEqual({ ...shown, userId: ours.userId });
    expect((await house.present(secret)).caller).toMatchObject({ boundSite: siteId, user: ours.userId });

    await house.done(actor, editKey(made.keyId, { name: 'desk', scopes: ['mcp:write', 'mcp:read'] }));
    expect(await listed()).toMatchObject({ name: 'desk', scopes: ['mcp:read', 'mcp:write'], expiresAt: made.expiresAt, prefix: made.prefix });
    expect([...(await house.present(secret)).caller.scopes]).toEqual(['mcp:read', 'mcp:write']);
    house.time.now += 5_000;
    expect([await house.principals.ofNow(secret), (await listed())?.status]).toEqual([null, 'expired']);
    await house.done(actor, editKey(made.keyId, { expiresAt: null }));
    await house.present(secret);
    await house.done(actor, endKey(made.keyId));
    expect([await house.principals.ofNow(secret), (await listed())?.status]).toEqual([null, 'revoked']);
    for (const act of [endKey(made.keyId), editKey(made.keyId, {}), endKey('key_%'), endKey('*')]) expect(await house.refused(actor, act)).toBe('not_found');
    const { rows } = await house.sql.query('select row_to_json(v)::text as row from items_vault v union all select row_to_json(e)::text from events e');
    expect(JSON.stringify(rows)).not.toContain(secret.slice(-52));
  });

  it.each([
    ['an unknown scope', { scopes: ['mcp:everything'] }, 'invalid_params'],
    ['a scope of the other type', { scopes: ['governance:read'] }, 'invalid_params'],
    ['an expiry in the past', { expiresAt: '2001-01-01T00:00:00Z' }, 'invalid_params'],
    ['a site without a role in it', { siteId: 'sit_other' }, 'not_found'],
  ])('are not made with %s', async (_what, more, code) => {
    expect(await house.refused((await organization()).owner, makeKey(form(more)))).toBe(code);
  });

  it('reach no further than their person, and are made by those whom the organisation lets', async () => {
    const ours = await organization();
    const governance = (scope: string) => makeKey(form({ type: 'governance', scopes: [scope] }));
    const [auditor, plain] = [await member(ours, 'auditor'), await member(ours)];
    expect(await house.refused(auditor.actor, governance('governance:read'))).toBe('not refused');
    expect(await house.refused(auditor.actor, governance('governance:export'))).toBe('permission_denied');
    expect(await house.refused(plain.actor, governance('governance:read'))).toBe('permission_denied');
    const made = await house.done(plain.actor, makeKey(form()));
    expect(await house.refused(auditor.actor, endKey(made.keyId))).toBe('not_found');
    expect(await house.refused((await organization()).owner, endKey(made.keyId))).toBe('not_found');
    expect((await listKeys(auditor.actor, ALL, house.administration)).items.every(({ userId }) => userId === auditor.userId)).toBe(true);
    await house.done(ours.owner, setOrganization({ keys: 'admins' }));
    expect(await house.refused(plain.actor, makeKey(form()))).toBe('permission_denied');
    await house.done(ours.owner, endKey(made.keyId));
    expect(await house.principals.ofNow(made.secret)).toBeNull();
  });
});

it('acts at the same moment are all done, each on what the others left', async () => {
  const ours = await organization();
  const form = keyForm.parse({ type: 'mcp', name: 'many', scopes: ['mcp:read'] });
  const made = await Promise.all(Array.from({ length: 8 }, () => house.done(ours.owner, makeKey(form))));
  expect(new Set(made.map(({ keyId }) => keyId)).size).toBe(8);
  const [one, two] = [await member(ours, 'owner'), await member(ours, 'owner')];
  await house.done(ours.owner, changeMember(ours.userId, { role: 'member' }));
  const leaving = await Promise.all([
    administer(one.actor, removeMember(two.userId), house.administration),
    administer(two.actor, removeMember(one.userId), house.administration),
  ]);
  expect(leaving.filter((said) => said === null)).toHaveLength(1);
});

it('lists go on where they stopped, newest first, and take only their own cursors', async () => {
  const ours = await organization();
  for (let at = 0; at < 5; at++) {
    house.time.now += at % 2;
    await member(ours);
  }
  const seen: (string | null)[] = [];
  let cursor: string | null = null;
  do {
    const page = pageQuery({ limit: '2', ...(cursor === null ? {} : { cursor }) });
    if (isRefusal(page)) throw new Error(page.message);
    const { items, nextCursor } = await listMembers(ours.owner, page, house.administration);
    seen.push(...items.map(({ userId }) => userId));
    cursor = nextCursor;
  } while (cursor !== null);
  expect([seen.length, new Set(seen).size]).toEqual([6, 6]);
  for (const query of [{ limit: '0' }, { limit: '201' }, { cursor: 'abc' }, { cursor: '%' }, { q: 'x' }]) expect(isRefusal(pageQuery(query))).toBe(true);
});
