import type { ServerResponse } from 'node:http';
import { endedSessionCookie, type SessionReader, type Sessions, sessionCookie, sessionToken } from '#identity';
import { isRefusal } from '#kernel';
import { type Html, html, sendPage } from './html.ts';
import { type Page, type PageRequest, seeOther } from './pages.ts';

export type SignInMeans = { readonly sessions: Pick<Sessions, 'signIn' | 'signOut'>; readonly reader: SessionReader; readonly secureCookies: boolean };

/** Where to sign in before going on to one of our pages. */
export function signInPath(next: string): string {
  return `/sign-in?${new URLSearchParams({ next })}`;
}

/**
 * GET and POST /sign-in?next=<path>: e-mail address and password for a session of our own pages. Who follows a link from
 * another site arrives without the cookie (SameSite=Strict) and with it at the next click: then there is nothing to fill in.
 */
export function signInPage({ sessions, reader, secureCookies }: SignInMeans): Page {
  return async (request, response) => {
    const { form, source, cookie } = request;
    if (form === null) {
      const person = await reader.personOf(cookie);
      if (person === null) return showForm(request, response, 200, null);
      const next = nextOf(request);
      return next === null ? sendPage(response, 200, 'Signed in', html`<h1>Signed in</h1>\n${signedInAs(person.email)}`) : seeOther(response, next);
    }
    const { email = '', password = '' } = Object.fromEntries(form);
    const signedIn = await sessions.signIn({ email, password, organizationId: null, source, app: 'pages' });
    if (isRefusal(signedIn)) return showForm(request, response, signedIn.code === 'rate_limited' ? 429 : 401, signedIn.message);
    return seeOther(response, nextOf(request) ?? '/sign-in', { 'set-cookie': sessionCookie('pages', signedIn.token, secureCookies) });
  };
}

/** POST /sign-out. */
export function signOutPage({ sessions, secureCookies }: SignInMeans): Page {
  return async ({ form, cookie }, response) => {
    const token = sessionToken(cookie, 'pages');
    if (form === null || token === null) return seeOther(response, '/sign-in');
    await sessions.signOut(token);
    return seeOther(response, '/sign-in', { 'set-cookie': endedSessionCookie('pages', secureCookies) });
  };
}

/** The foot of a page that somebody is signed in to. */
export function signedInAs(email: string): Html {
  return html`<form method="post" action="/sign-out" class="foot"><span class="quiet">Signed in as ${email}.</span> <button class="plain">Sign out</button></form>`;
}

function showForm(request: PageRequest, response: ServerResponse, status: number, problem: string | null): void {
  const content = html`<h1>Sign in</h1>
<p>To go on, sign in with your Deponent account.</p>
${problem === null ? null : html`<p class="note" role="alert">${problem}</p>`}
<form method="post" action="${signInPath(nextOf(request) ?? '')}" class="stacked">
<label for="email">E-mail address</label>
<input id="email" name="email" type="email" autocomplete="username" required autofocus value="${request.form?.get('email') ?? ''}">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button type="submit">Sign in</button>
</form>`;
  sendPage(response, status, 'Sign in', content);
}

/** A path of our pages, never an address elsewhere: `//host` and `/\\host` would be one. */
const OWN_PATH = /^\/[a-z][a-z0-9_/-]*$/;

function nextOf({ query }: PageRequest): string | null {
  const next = query.get('next') ?? '';
  return OWN_PATH.test(next) ? next : null;
}
