import type { ServerResponse } from 'node:http';
import { type Sessions, sessionCookie } from '#identity';
import { isRefusal } from '#kernel';
import { html, sendPage } from './html.ts';
import { type Page, type PageRequest, seeOther } from './pages.ts';

/** Where to sign in before going on to one of our pages. */
export function signInPath(next: string): string {
  return `/sign-in?${new URLSearchParams({ next })}`;
}

/** GET and POST /sign-in?next=<path>: e-mail address and password for a session of our own pages. */
export function signInPage({ sessions, secureCookies }: { readonly sessions: Pick<Sessions, 'signIn'>; readonly secureCookies: boolean }): Page {
  return async (request, response) => {
    const { form, source } = request;
    if (form === null) return showForm(request, response, 200, null);
    const { email = '', password = '' } = Object.fromEntries(form);
    const signedIn = await sessions.signIn({ email, password, organizationId: null, source, app: 'pages' });
    if (isRefusal(signedIn)) return showForm(request, response, signedIn.code === 'rate_limited' ? 429 : 401, signedIn.message);
    return seeOther(response, nextOf(request), { 'set-cookie': sessionCookie('pages', signedIn.token, secureCookies) });
  };
}

function showForm(request: PageRequest, response: ServerResponse, status: number, problem: string | null): void {
  const content = html`<h1>Sign in</h1>
<p>To go on, sign in with your Deponent account.</p>
${problem === null ? null : html`<p class="note" role="alert">${problem}</p>`}
<form method="post" action="${signInPath(nextOf(request))}" class="stacked">
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

function nextOf({ query }: PageRequest): string {
  const next = query.get('next') ?? '';
  return OWN_PATH.test(next) ? next : '/sign-in';
}
