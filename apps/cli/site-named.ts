import { createSite, Name, siteStream } from '#content';
import { factsOf, openRow } from '#event-store';
import { openSite, ownersOf, SYSTEM_ORGANIZATION } from '#identity';
import { newId } from '#kernel';
import type { OpenHouse } from '#platform';
import { decidedOn } from '#tools';
import { UsageError } from './command.ts';

type SitePlace = { readonly organization: string; readonly siteId: string };

/** The site of that name or id; a new one of the only organisation where there is none. */
export async function siteNamed(house: OpenHouse, nameOrId: string): Promise<SitePlace> {
  const sites = await namedSites(house);
  const found = sites.filter(({ siteId, name }) => siteId === nameOrId || name === nameOrId);
  if (found.length > 1)
    throw new UsageError(`${found.length} sites are called "${nameOrId}". Say which by its id: ${found.map(({ siteId }) => siteId).join(', ')}`);
  const [site] = found;
  if (site !== undefined) return { organization: site.organization, siteId: site.siteId };

  const [organization, ...others] = (await house.identities.all()).filter((id) => id !== SYSTEM_ORGANIZATION);
  if (organization === undefined) throw new UsageError('There is no organisation yet: start the server once.');
  if (others.length > 0) throw new UsageError(`There is no site "${nameOrId}", and several organisations it could belong to.`);
  return { organization, siteId: await addSite(house, organization, nameOrId) };
}

async function namedSites({ database: { sql }, identities }: OpenHouse) {
  const { rows } = await sql.query<{ organization: string; site_id: string; ciphertext: Buffer }>(
    `select s.organization, s.site_id, v.ciphertext from sites_view s
       join items_vault v on v.organization = s.organization and v.kind = 'name' and v.id = s.site_id`,
  );
  return Promise.all(
    rows.map(async ({ organization, site_id, ciphertext }) => {
      const { vaultKey } = await identities.of(organization);
      return { organization, siteId: site_id, name: Name.parse(openRow(vaultKey, { kind: 'name', id: site_id, ciphertext })).name };
    }),
  );
}

/** A new site belongs to the owners of its organisation. */
async function addSite({ events, identities, database, clock, random }: OpenHouse, organization: string, name: string): Promise<string> {
  const { vaultKey } = await identities.of(organization);
  const siteId = newId('site', random);
  const facts = factsOf(decidedOn(siteStream, { id: siteId, revision: 0 }, createSite({ siteId, name })), { vaultKey, clock, random });
  const owners = await ownersOf(database.sql, organization);
  const opened = openSite({ organizationId: organization, siteId, owners }, { clock, random });
  const result = await events.append({ organization, ...facts, streams: [...facts.streams, ...opened.streams], bump: opened.bump ?? [] });
  if (result.outcome !== 'appended') throw new Error(`the site could not be made: ${result.outcome}`);
  return siteId;
}
