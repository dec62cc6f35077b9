import { type House, readShown } from '#calls';
import type { Sql } from '#event-store';
import type { ReadHouse } from '#evidence';
import { type Principals, type Sessions, sessionReader } from '#identity';
import { type ConfirmMeans, confirmPage } from './confirm-page.ts';
import { type Page, servePages } from './pages.ts';
import { signInPage, signOutPage } from './sign-in-page.ts';
import { sourcesRead } from './sources-read.ts';

/** What our own pages need beside the calls. */
export type PagesHouse = {
  readonly sessions: Sessions;
  readonly principals: Pick<Principals, 'ofSession'>;
  readonly sql: Sql;
  readonly evidence: ReadHouse;
};

/** The pages that people see at the address of the endpoint, each by the first segment of its path. */
export function ownPages(house: House, { sessions, principals, sql, evidence }: PagesHouse, commands: Pick<ConfirmMeans, 'show' | 'answer'>) {
  const reader = sessionReader(principals, 'pages');
  const signIn = { sessions, reader, secureCookies: house.publicUrl.startsWith('https:') };
  const pages = new Map<string, Page>([
    ['sign-in', signInPage(signIn)],
    ['sign-out', signOutPage(signIn)],
    [
      'confirm',
      confirmPage({
        sessions: reader,
        ...commands,
        shownOf: ({ organization, vaultKey }, confirmationId) => readShown(sql, organization, vaultKey, confirmationId),
        sourcesOf: (confirmation) => sourcesRead(evidence, confirmation),
        titleOf: (tool) => house.catalogue.find(tool)?.tool.title ?? tool,
        clock: house.clock,
      }),
    ],
  ]);
  return servePages(pages, house.publicUrl);
}
