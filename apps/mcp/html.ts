import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';

/** Markup that is safe to send; only {@link html} makes it. */
export class Html {
  constructor(readonly markup: string) {}
}

type Piece = string | number | null | Html | readonly Html[];

/** Markup from a template. What is put in is text unless it is markup already; null is nothing. */
export function html(template: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return new Html(template.reduce((markup, part, index) => markup + put(pieces[index - 1] ?? null) + part));
}

function put(piece: Piece): string {
  if (piece === null) return '';
  if (piece instanceof Html) return piece.markup;
  if (typeof piece === 'object') return piece.map(({ markup }) => markup).join('');
  return visible(String(piece)).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Characters that would show a text otherwise than it is: controls, those that turn its direction (UTR 36, 2.4), invisible ones, tags. */
const DECEPTIVE = /[\p{Cc}\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF\u{E0000}-\u{E007F}]/gu;

function visible(text: string): string {
  return text.replace(DECEPTIVE, (character) =>
    character === '\n' || character === '\t' ? character : `⟨U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}⟩`,
  );
}

/** Light or dark as the person's system is, and one column that a phone shows without sideways scrolling. */
const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#c9ced6, #434a55); --quiet: light-dark(#4f5866, #a9b2c0); --panel: light-dark(#f4f6f9, #1d2127);
  --yes: light-dark(#17663a, #7fd6a3); --no: light-dark(#9b1c1c, #f2a3a3); --focus: light-dark(#1a56db, #8ab4ff); }
* { box-sizing: border-box; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; background: light-dark(#fff, #14171b); color: light-dark(#161a20, #e8ebf0); }
main { max-width: 44rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.125rem; margin: 2rem 0 .5rem; }
.lead { font-size: 1.125rem; overflow-wrap: anywhere; }
.quiet { color: var(--quiet); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 1rem 0; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
th, td { text-align: left; vertical-align: top; padding: .4rem .5rem .4rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { font-weight: 600; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; max-height: 24rem; overflow: auto; margin: 0; padding: .75rem; background: var(--panel); border: 1px solid var(--line); border-radius: .375rem; font: .875rem/1.45 ui-monospace, monospace; }
ul { padding-left: 1.25rem; overflow-wrap: anywhere; }
.note { background: var(--panel); border-left: .25rem solid var(--line); padding: .75rem 1rem; margin: 1.5rem 0; }
form { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.5rem 0 0; }
form.foot { align-items: center; gap: .5rem; margin-top: 2rem; overflow-wrap: anywhere; }
form.stacked { display: block; max-width: 24rem; }
.stacked label { display: block; font-weight: 600; margin-top: 1rem; }
.stacked input { font: inherit; width: 100%; padding: .625rem .75rem; min-height: 2.75rem; border: 1px solid var(--quiet); border-radius: .375rem; background: transparent; color: inherit; }
.stacked button { width: 100%; margin-top: 1.5rem; }
button, .button { display: inline-block; font: inherit; font-weight: 600; padding: .625rem 1.25rem; min-height: 2.75rem; border: 2px solid currentColor; border-radius: .375rem; background: transparent; color: inherit; cursor: pointer; text-decoration: none; flex: 1 1 9rem; text-align: center; }
button.plain { flex: none; border: 0; padding: .25rem .5rem; min-height: 2rem; font-weight: 400; text-decoration: underline; color: var(--quiet); }
.yes { color: var(--yes); }
.no { color: var(--no); }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; } }
`;

const STYLE_SHA256 = createHash('sha256').update(STYLE).digest('base64');

/** Nothing but our own style and our own forms; in nobody's frame (CSP Level 3). */
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_SHA256}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  // Not `no-referrer`, under which browsers send a form without its origin (Fetch, 3.1).
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

export function sendPage(response: ServerResponse, status: number, title: string, content: Html): void {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – Deponent</title>
${new Html(`<style>${STYLE}</style>`)}
</head>
<body>
<main>
${content}
</main>
</body>
</html>
`;
  response.writeHead(status, { ...HEADERS, 'content-length': Buffer.byteLength(page.markup) });
  response.end(page.markup);
}
