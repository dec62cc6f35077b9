import type { House } from './house.ts';

/** As a page of the console asks: with a cookie, from its own origin, with the header no form can send. */
export async function askConsole(house: House, method: string, path: string, body?: unknown, cookie = '') {
  const headers = { 'x-deponent-console': '1', origin: house.governanceUrl, cookie, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
  const response = await fetch(`${house.governanceUrl}/api/v1${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await response.text();
  return { status: response.status, text, said: text === '' ? null : JSON.parse(text), cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '' };
}

/** Someone invited by the first owner, who has chosen a password and signed in to the console. */
export async function newMember(house: House, email: string, invitation: Record<string, unknown>): Promise<{ userId: string; cookie: string }> {
  await house.governance('PUT', '/settings', { keys: 'everyone' });
  const { token } = await house.governance('POST', '/members', { email, ...invitation });
  const password = `a long password of ${email}`;
  const accepted = await askConsole(house, 'POST', '/invitations/accept', { token, password });
  const { cookie } = await askConsole(house, 'POST', '/session', { email, password });
  if (accepted.status !== 200 || cookie === '') throw new Error(`${email} could not join: ${accepted.text}`);
  return { userId: accepted.said.userId, cookie };
}
