import { timingSafeEqual } from 'node:crypto';
import type { Confirmation, Person, Shown } from '#calls';
import { type Principal, type SessionReader, sessionToken } from '#identity';
import { type Clock, hmacSha256, ID_PREFIXES, isRefusal, type Refusal } from '#kernel';
import { type Source, viewConfirmation } from './confirm-view.ts';
import { html, sendPage } from './html.ts';
import { type Page, type PageRequest, seeOther } from './pages.ts';
import { signInPath } from './sign-in-page.ts';

export type ConfirmMeans = {
  readonly sessions: SessionReader;
  readonly show: (confirmationId: string, person: Person) => Promise<Confirmation | Refusal | null>;
  readonly answer: (confirmationId: string, answer: 'grant' | 'deny', person: Person) => Promise<Confirmation | Refusal | null>;
  readonly shownOf: (person: Person, confirmationId: string) => Promise<Shown | null>;
  /** What the client was given in the same task before the question, newest first. */
  readonly sourcesOf: (confirmation: Confirmation) => Promise<readonly Source[]>;
  readonly titleOf: (tool: string) => string;
  readonly clock: Clock;
};

const PATH = new RegExp(`^/confirm/(${ID_PREFIXES.confirmation}_[a-z2-7]{26})$`);

/**
 * GET /confirm/<id> shows a person what an agent wants to write; POST takes the answer. Who answers is who is signed in
 * with the cookie of this browser: the credentials of MCP clients mean nothing here. Default is no.
 */
export function confirmPage(means: ConfirmMeans): Page {
  return async (request, response) => {
    const confirmationId = PATH.exec(request.path)?.[1];
    if (confirmationId === undefined) return sendPage(response, 404, 'Not found', NOT_FOUND);
    const principal = await means.sessions.personOf(request.cookie);
    if (principal === null) return sendPage(response, 401, 'Sign in', mustSignIn(request.path));
    const person = personOf(principal);
    const formToken = formTokenOf(request.cookie, confirmationId);

    if (request.form !== null) {
      const { answer, token = '' } = Object.fromEntries(request.form);
      if (!isEqual(token, formToken) || (answer !== 'grant' && answer !== 'deny')) return sendPage(response, 403, 'Not accepted', NOT_ACCEPTED);
      const answered = await means.answer(confirmationId, answer, person);
      if (answered === null) return sendPage(response, 404, 'Not found', NOT_FOUND);
      if (isRefusal(answered)) return sendPage(response, 503, 'Try again', html`<h1>Try again</h1><p>${answered.message}</p>`);
      return seeOther(response, request.path);
    }

    const confirmation = await means.show(confirmationId, person);
    if (confirmation === null) return sendPage(response, 404, 'Not found', NOT_FOUND);
    if (isRefusal(confirmation)) return sendPage(response, 503, 'Try again', html`<h1>Try again</h1><p>${confirmation.message}</p>`);
    const [shown, sources] = await Promise.all([means.shownOf(person, confirmationId), means.sourcesOf(confirmation)]);
    const { title, content } = viewConfirmation({
      confirmation,
      shown,
      sources,
      viewer: { user: person.user, email: principal.email },
      toolTitle: means.titleOf(confirmation.request.tool),
      formToken,
      now: means.clock(),
    });
    return sendPage(response, 200, title, content);
  };
}

function personOf({ caller, role, keys, authority }: Principal): Person {
  return { organization: caller.organization, user: caller.user, role, vaultKey: keys.vault, authority };
}

/** Proves that a form came from this page as it was shown in this very session. */
function formTokenOf(cookie: PageRequest['cookie'], confirmationId: string): string {
  return hmacSha256(Buffer.from(sessionToken(cookie, 'pages') ?? ''), `form ${confirmationId}`).toString('base64url');
}

function isEqual(given: string, expected: string): boolean {
  const [some, other] = [Buffer.from(given), Buffer.from(expected)];
  return some.length === other.length && timingSafeEqual(some, other);
}

const NOT_FOUND = html`<h1>Nothing to answer here</h1>
<p>There is no such question, or it is not yours to answer. Questions of the person an agent works for can be answered by that person and by the owners and admins of the organisation.</p>`;

const NOT_ACCEPTED = html`<h1>Not accepted</h1>
<p>This answer did not come from the page as it was shown to you. Open the link again and answer there. Nothing was allowed.</p>`;

function mustSignIn(path: string) {
  return html`<h1>An agent asks for your permission</h1>
<p>Sign in to see what it wants to change. Until you have allowed it, nothing is changed.</p>
<p><a class="button" href="${signInPath(path)}">Sign in</a></p>`;
}
