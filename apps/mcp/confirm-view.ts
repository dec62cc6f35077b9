import type { Confirmation, Shown } from '#calls';
import { LIMITS, timestamp } from '#kernel';
import { type Html, html } from './html.ts';
import { signedInAs } from './sign-in-page.ts';

/** A piece of content that the client was given. */
export type Source = { readonly path: string; readonly version: number; readonly lines: string | null; readonly at: number };

type Viewed = {
  readonly confirmation: Confirmation;
  /** Null once it is settled. */
  readonly shown: Shown | null;
  readonly sources: readonly Source[];
  readonly viewer: { readonly user: string; readonly email: string };
  readonly toolTitle: string;
  readonly formToken: string;
  readonly now: number;
};

/** The page of one question. Pure. */
export function viewConfirmation(viewed: Viewed): { readonly title: string; readonly content: Html } {
  const { confirmation, shown, now } = viewed;
  const { status, request } = confirmation;
  const open = (status === 'requested' || status === 'granted') && now < request.expiresAt;
  if (!open || shown === null) return { title: 'Settled', content: settled(viewed) };
  const title = status === 'granted' ? 'Allowed' : 'Allow this change?';
  const content = html`<h1>${title}</h1>
<p class="lead">${shown.summary}</p>
${status === 'granted' ? allowed(viewed) : asking()}
${who(viewed, shown)}
${changes(shown)}
${text(shown)}
${sourcesRead(viewed)}
${form(viewed)}
${signedInAs(viewed.viewer.email)}`;
  return { title, content };
}

function asking(): Html {
  return html`<p class="note">Allow it only if you want it. A document can hold instructions that are meant for the agent and not for you; what it has read is listed below. If you do nothing, nothing is changed.</p>`;
}

function allowed(viewed: Viewed): Html {
  return html`<p class="note" role="status">Allowed ${by(viewed)}. The agent can make this change once, until ${time(viewed.confirmation.request.expiresAt)}. Until it has, you can still say no.</p>`;
}

function who({ confirmation: { request }, toolTitle }: Viewed, shown: Shown): Html {
  return html`<h2>Who asks</h2>
<dl>
<dt>For</dt><dd>${shown.email}</dd>
<dt>Client</dt><dd>${shown.client === null ? 'says no name' : html`calls itself “${shown.client}”`}, with the credential <code>${request.credentialId}</code></dd>
<dt>Tool</dt><dd>${toolTitle} <span class="quiet">(${request.tool})</span></dd>
<dt>Asked</dt><dd>${time(request.expiresAt - LIMITS.confirmationMilliseconds)}</dd>
<dt>Open until</dt><dd>${time(request.expiresAt)}</dd>
</dl>`;
}

function changes(shown: Shown): Html {
  const rows = shown.changes.map(
    ({ field, from, to }) => html`<tr><th scope="row">${FIELDS[field] ?? field}</th><td>${value(from)}</td><td>${value(to)}</td></tr>\n`,
  );
  return html`<h2 id="changes">What changes</h2>
<table aria-labelledby="changes">
<thead><tr><th scope="col">What</th><th scope="col">Now</th><th scope="col">Then</th></tr></thead>
<tbody>
${rows}</tbody>
</table>`;
}

/** Field names of previews in words; others are shown as they are. */
const FIELDS: Readonly<Record<string, string>> = {
  file: 'File',
  folder: 'Folder',
  place: 'Place',
  version: 'Version',
  size: 'Size in bytes',
  contentType: 'Media type',
  sourceSha256: 'SHA-256',
};

function value(of: string | number | null): Html {
  return of === null ? html`<span class="quiet">none</span>` : html`${of}`;
}

function text({ text }: Shown): Html | null {
  if (text === null) return null;
  const { beginning, characters } = text;
  const cut = characters > beginning.length ? html`<p class="quiet">The first ${beginning.length} of ${characters} characters.</p>` : null;
  return html`<h2 id="text">The text that would be saved</h2>
<pre tabindex="0" role="region" aria-labelledby="text">${beginning}</pre>
${cut}`;
}

function sourcesRead({ sources, confirmation: { request } }: Viewed): Html {
  const alone = request.correlationId.startsWith('call_');
  const list = sources.map(
    ({ path, version, lines, at }) =>
      html`<li>${path}, version ${version}${lines === null ? '' : `, ${lines}`} <span class="quiet">(${time(at)})</span></li>\n`,
  );
  if (list.length > 0) return html`<h2>What the agent read before, in the same task</h2>\n<ul>\n${list}</ul>`;
  const nothing = alone ? 'The agent named no task, so it is not known what it read for this.' : 'On record for this task: nothing.';
  return html`<h2>What the agent read before, in the same task</h2>\n<p>${nothing}</p>`;
}

function form({ confirmation, formToken }: Viewed): Html {
  const allow = confirmation.status === 'granted' ? null : html`<button class="yes" name="answer" value="grant">Allow</button>`;
  return html`<form method="post">
<input type="hidden" name="token" value="${formToken}">
<button class="no" name="answer" value="deny">Do not allow</button>
${allow}
</form>`;
}

function settled(viewed: Viewed): Html {
  const { status } = viewed.confirmation;
  return html`<h1>${SETTLED[status].title}</h1>
<p role="status">${SETTLED[status].text}${status === 'denied' ? html` It was denied ${by(viewed)}.` : null}</p>
<p class="quiet">What was asked is not kept here; the records of the calls are.</p>
${signedInAs(viewed.viewer.email)}`;
}

/** An open question that is not shown any more has run out. */
const EXPIRED = { title: 'Too late', text: 'The question has expired, and nothing was changed. The agent can ask anew.' } as const;
const SETTLED = {
  requested: EXPIRED,
  granted: EXPIRED,
  expired: EXPIRED,
  denied: { title: 'Not allowed', text: 'Nothing was changed.' },
  consumed: { title: 'Done', text: 'The change was allowed, and the agent has made it.' },
} as const;

function by({ confirmation: { answeredBy }, viewer }: Viewed): string {
  return answeredBy === viewer.user ? 'by you' : 'by somebody else who may';
}

/** `20 November 2026, 10:02 UTC`, for a reader in any zone. */
function time(at: number): Html {
  return html`<time datetime="${timestamp(at)}">${DATE.format(at)} UTC</time>`;
}

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });
