import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isRefusal, LIMITS } from '#kernel';
import { type IdentityHouse, openIdentity } from '../../test/support/identity.ts';
import { hashPassword } from './password.ts';
import { endedSessionCookie, sessionCookie, sessionReader } from './session-cookie.ts';

let house: IdentityHouse;

beforeAll(async () => {
  house = await openIdentity();
});
afterAll(() => house.close());

const PASSWORD = 'correct horse battery staple';
const asked = { password: PASSWORD, organizationId: null, source: '192.0.2.1', app: 'console' } as const;

async function signedIn(email: string, more: { organizationId?: string; app?: 'console' | 'pages' } = {}) {
  const opened = await house.sessions().signIn({ ...asked, email, ...more });
  if (isRefusal(opened)) throw new Error(opened.message);
  return opened;
}

describe('a session', () => {
  it('is opened by the right password, however the address is capitalised, and is kept as a hash', async () => {
    const { userId, organizationId } = await house.organization({ email: 'Ada@Example.org', password: PASSWORD });
    const { token, principal } = await signedIn(' ada@example.ORG ');
    expect(principal).toMatchObject({
      keyType: 'session',
      role: 'owner',
      caller: { user: userId, organization: organizationId, credential: { type: 'console' } },
    });
    expect(await house.principals.ofSession(token, 'console')).toEqual(principal);
    expect(await house.principals.again(principal)).toEqual(principal);
    expect([await house.principals.of(token), await house.principals.ofNow(token)]).toEqual([null, null]);
    const { rows } = await house.sql.query(
      'select row_to_json(s)::text as row from sessions_vault s union all select row_to_json(a)::text from accounts_vault a',
    );
    for (const secret of [token.slice(-52), 'example', PASSWORD, 'argon2']) expect(JSON.stringify(rows).toLowerCase()).not.toContain(secret);
  });

  it('is one refusal for a wrong password, an unknown account, another organisation and nobody’s member', async () => {
    const { organizationId } = await house.organization({ email: 'other@example.org' });
    await house.accounts.create({ email: 'nobody@example.org', userId: 'usr_nobody', passwordHash: await hashPassword(PASSWORD, house.means.random) });
    const tries = [
      { email: 'ada@example.org', password: 'wrong' },
      { email: 'unknown@example.org' },
      { email: 'nobody@example.org' },
      { email: 'ada@example.org', organizationId },
    ];
    const answers = await Promise.all(tries.map((one) => house.sessions().signIn({ ...asked, ...one })));
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(new Set([JSON.stringify(answers[0])]));
    expect(answers[0]).toMatchObject({ refused: true, code: 'unauthenticated' });
  });

  it('ends with its twelve hours, with signing out, with the password and with the membership', async () => {
    const { token } = await signedIn('ada@example.org');
    house.time.now += LIMITS.sessionMilliseconds - 1;
    expect(await house.principals.ofSession(token, 'console')).not.toBeNull();
    house.time.now += 1;
    expect(await house.principals.ofSession(token, 'console')).toBeNull();

    const again = await signedIn('ada@example.org');
    await house.sessions().signOut(again.token);
    expect(await house.principals.ofSession(again.token, 'console')).toBeNull();

    const third = await signedIn('ada@example.org');
    await house.accounts.setPassword({
      email: 'ada@example.org',
      userId: third.principal.caller.user,
      passwordHash: await hashPassword('new', house.means.random),
    });
    expect(await house.principals.again(third.principal)).toBeNull();
    expect(await house.sessions().signIn({ ...asked, email: 'ada@example.org' })).toMatchObject({ refused: true });
  });

  it('is of one organisation of a person who is in two', async () => {
    const first = await house.organization({ email: 'two@example.org', password: PASSWORD });
    house.time.now += 1;
    const second = await house.organization({ email: 'two@example.org', userId: first.userId });
    expect((await signedIn('two@example.org')).principal.caller.organization).toBe(first.organizationId);
    expect((await signedIn('two@example.org', { organizationId: second.organizationId })).principal.caller.organization).toBe(second.organizationId);
    expect(await house.sessions().organizationsOf(first.userId)).toEqual([first.organizationId, second.organizationId]);
  });
});

describe('a cookie', () => {
  it('is one for each app, and read in its own alone', async () => {
    const { token } = await signedIn('two@example.org', { app: 'pages' });
    expect(sessionCookie('pages', token, true)).toBe(`deponent_pages=${token}; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure`);
    expect(endedSessionCookie('console', false)).toBe('deponent_console=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict');
    const inApp = (app: 'pages' | 'console', cookies: string) => sessionReader(house.principals, app).personOf(cookies);
    expect(await inApp('pages', `a=b; deponent_pages=${token}; c=d`)).not.toBeNull();
    for (const cookies of [`deponent_console=${token}`, `xdeponent_pages=${token}`, `deponent_pages=${token}x`, 'deponent_pages=', ''])
      for (const app of ['pages', 'console'] as const) expect(await inApp(app, cookies)).toBeNull();
  });
});

describe('guessing', () => {
  it('is over after 60 attempts in 15 minutes, from one source or at one account, in every process together', async () => {
    const attempts = async (of: { source: string; account: string }, times: number) => {
      const answers = [];
      for (let at = 0; at < times; at++) answers.push(await house.sessions().throttle(of));
      return answers.map((answer) => answer?.code ?? null);
    };
    const spread = (at: number) => house.sessions().throttle({ source: `198.51.100.${at}`, account: 'ada' });
    const atAccount = await Promise.all(Array.from({ length: 61 }, (_, at) => spread(at)));
    expect(atAccount.filter((answer) => answer !== null)).toMatchObject([{ code: 'rate_limited', retryAfterSeconds: 900 }]);
    expect((await attempts({ source: '203.0.113.1', account: 'bob' }, 60)).every((code) => code === null)).toBe(true);
    expect(await attempts({ source: '203.0.113.1', account: 'carol' }, 1)).toEqual(['rate_limited']);
    expect(await attempts({ source: '203.0.113.2', account: 'dave' }, 1)).toEqual([null]);
    house.time.now += LIMITS.signInWindowMilliseconds;
    expect(await attempts({ source: '203.0.113.1', account: 'eve' }, 1)).toEqual(['rate_limited']);
    house.time.now += 60_000;
    expect(await attempts({ source: '203.0.113.1', account: 'ada' }, 1)).toEqual([null]);
    house.time.now += 2 * LIMITS.signInWindowMilliseconds;
    await attempts({ source: '203.0.113.3', account: 'fay' }, 1);
    expect((await house.sql.query('select 1 from sign_in_counts')).rowCount).toBe(2);
  });
});
