import type { IncomingMessage, ServerResponse } from 'node:http';
import { foreignHost, ownHosts, readBody } from './gate.ts';
import { html, sendPage } from './html.ts';

/** A request for a page of ours, known to be meant for us. A form arrives with it only where a page of ours sent it. */
export type PageRequest = {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly cookie: string | undefined;
  readonly source: string;
  /** Null: the page is only looked at. */
  readonly form: URLSearchParams | null;
};

export type Page = (request: PageRequest, response: ServerResponse) => Promise<void>;

/** Serves pages by the first segment of their path; null where a path is of none. */
export function servePages(pages: ReadonlyMap<string, Page>, publicUrl: string) {
  const hosts = ownHosts(publicUrl);
  return (request: IncomingMessage, response: ServerResponse): Promise<void> | null => {
    const url = new URL(request.url ?? '/', publicUrl);
    const page = pages.get(url.pathname.split('/')[1] ?? '');
    return page === undefined ? null : serve(page, url, request, response);
  };

  async function serve(page: Page, url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refused = refusedRequest(request);
    if (refused !== null) return sendPage(response, refused.status, 'Not served', html`<h1>Not served</h1><p>${refused.message}</p>`);
    const body = request.method === 'POST' ? await readBody(request) : '';
    if (body === null) return;
    if (typeof body !== 'string') return sendPage(response, body.status, 'Not served', html`<h1>Not served</h1><p>${body.message}</p>`);
    const form = request.method === 'POST' ? new URLSearchParams(body) : null;
    return page({ path: url.pathname, query: url.searchParams, cookie: request.headers.cookie, source: request.socket.remoteAddress ?? '', form }, response);
  }

  /** A form says which page sent it: without that, or with another's, it is nobody's (SameSite knows sites, not ports). */
  function refusedRequest(request: IncomingMessage): { readonly status: number; readonly message: string } | null {
    const { method, headers } = request;
    const foreign = foreignHost(request, hosts);
    if (foreign !== null) return foreign;
    if (method === 'GET' || method === 'HEAD') return null;
    if (method !== 'POST') return { status: 405, message: 'A page is looked at or its form is sent.' };
    if (headers['content-type'] !== 'application/x-www-form-urlencoded') return { status: 415, message: 'The form has another media type.' };
    const sender = URL.canParse(headers.origin ?? '') ? new URL(headers.origin ?? '').host : '';
    const own = sender === headers.host || sender === new URL(publicUrl).host;
    return own ? null : { status: 403, message: 'This form was not sent by a page of ours.' };
  }
}

/** After a form: the browser looks at the page anew (RFC 9110, 15.4.4). */
export function seeOther(response: ServerResponse, path: string, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(303, { location: path, 'cache-control': 'no-store', ...headers });
  response.end();
}
