import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { compareRebuilt, inline, rebuild } from '#evidence';
import {
  acceptInvitation,
  changeMember,
  editKey,
  endKey,
  endSiteRole,
  grantSiteRoles,
  invitationForm,
  inviteMember,
  keyForm,
  makeKey,
  removeMember,
  setOrganization,
  switchSite,
  withdrawInvitation,
} from '#identity';
import { isRefusal } from '#kernel';
import { type ContentHouse, openContent } from '../../test/support/content.ts';
import { openIdentity } from '../../test/support/identity.ts';
import { breachesOfRebuildLaw } from '../../test/support/rebuild-law.ts';
import { inlineViews } from './house.ts';

let content: ContentHouse;

beforeAll(async () => {
  content = await openContent();
});
afterAll(() => content.close());

const viewNamed = (name: string) => inlineViews.find((view) => view.name === name)!;

it('the view of identity is its rebuild, and no rebuild that skips any one event', async () => {
  const identity = await openIdentity();
  const { administration, done } = identity;
  const { organizationId, userId } = await identity.organization({ email: 'ada@example.org' });
  const siteId = await identity.site(organizationId, userId);
  const ada = await identity.actor(organizationId, userId);
  const invite = async (email: string) => done(ada, inviteMember(invitationForm.parse({ email, role: 'auditor' })));
  const join = async (email: string) => acceptInvitation({ token: (await invite(email)).token, password: 'a long password' }, email, administration);
  const [bob, eve] = [await join('bob@example.org'), await join('eve@example.org')];
  if (isRefusal(bob) || isRefusal(eve)) throw new Error('not joined');
  await invite('open@example.org');
  await done(ada, withdrawInvitation((await invite('withdrawn@example.org')).invitationId));
  const key = await done(ada, makeKey(keyForm.parse({ type: 'mcp', name: 'key', scopes: ['mcp:read'] })));
  const kept = await done(ada, makeKey(keyForm.parse({ type: 'mcp', name: 'kept', scopes: ['mcp:read'] })));
  await done(ada, endKey(key.keyId));
  await done(ada, editKey(kept.keyId, { scopes: ['mcp:write'] }));
  const now = (await identity.principals.again(ada)) ?? ada;
  const loose = { ...now, policy: { ...now.policy, strict: false } };
  await done(loose, changeMember(bob.userId, { role: 'member', account: { ai: false } }));
  const grant = (to: string) => grantSiteRoles(siteId, { members: [{ userId: to, role: 'viewer', expiresAt: null }] });
  for (const act of [grant(bob.userId), grant(userId), grant(eve.userId), switchSite(siteId, { archived: true }), endSiteRole(siteId, bob.userId)])
    await done(ada, act);
  await done(ada, removeMember(eve.userId));
  await done(ada, setOrganization({ keys: 'admins' }));

  const view = viewNamed('identity');
  const breaches = await breachesOfRebuildLaw(identity.sql, identity.store, inline(view), ({ type }) => view.handles.includes(type));
  // What was replaced, answered or ended later leaves nothing to miss: that it was is missed.
  const [role, invited, added] = ['identity.SiteRoleGranted', 'identity.MemberInvited', 'identity.MemberAdded'];
  const unmissed = breaches.map((breach) => breach.replace(/^identity does not miss (.*) at \d+$/, '$1'));
  expect(unmissed).toEqual([role, invited, invited, added, invited, role, role]);
  expect(await rebuild(identity.sql, identity.store, inline(view))).toMatchObject({ identical: true });
  const changes = viewNamed('changes');
  expect(await breachesOfRebuildLaw(identity.sql, identity.store, inline(changes), ({ type }) => changes.handles.includes(type))).toEqual([]);
  await identity.close();
});

it('the view of content is its rebuild, and no rebuild that skips any one event', async () => {
  const organization = content.organization();
  const siteId = await organization.site('HR');
  const folder = await organization.folder(siteId, null, 'Policies');
  const inner = await organization.folder(siteId, folder, 'Old');
  const file = await organization.file(siteId, inner, 'leave.md', '# Leave\n30 days\n');
  await organization.version(siteId, file, '# Leave\n31 days\n');
  await organization.file(siteId, null, 'notes.txt', 'notes');

  const view = viewNamed('content_tree');
  expect(await breachesOfRebuildLaw(content.pool, content.store, inline(view), ({ type }) => view.handles.includes(type))).toEqual([]);
  expect(await rebuild(content.pool, content.store, inline(view))).toMatchObject({ identical: true });
  await organization.version(siteId, file, '# Leave\n32 days\n');
  expect(await compareRebuilt(content.pool, content.store, inline(view))).toMatchObject({ identical: true });
});

it('the search index is its rebuild, and no rebuild that skips any one event', async () => {
  const organization = content.organization();
  const siteId = await organization.site('Indexed');
  const file = await organization.file(siteId, null, 'leave.md', '# Leave\n30 days\n');
  await organization.file(siteId, null, 'photo.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1]));
  await organization.version(siteId, file, '# Leave\n31 days of holiday\n');
  await organization.file(siteId, null, 'notes.txt', 'notes of holidays');
  await content.follow();

  const wants = ['content.SiteCreated', 'content.FileSaved'];
  expect(await breachesOfRebuildLaw(content.pool, content.store, content.index, ({ type }) => wants.includes(type))).toEqual([]);
  expect(await rebuild(content.pool, content.store, content.index)).toMatchObject({ view: 'search_index', identical: true });
  await organization.version(siteId, file, '# Leave\n32 days\n');
  await content.follow();
  expect(await compareRebuilt(content.pool, content.store, content.index)).toMatchObject({ identical: true });
});
