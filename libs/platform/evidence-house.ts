import { join } from 'node:path';
import type { Directory, ExportHouse, ExportJobHouse, PolicyHouse, ProjectorHouse, ReadHouse, SealerHouse } from '#evidence';
import { groupId } from '#ledger';
import type { OpenHouse } from './house.ts';

const SOFTWARE = { name: 'deponent', version: '0.1.0' } as const;

/** What the governance API needs, from the parts of an open house. */
export function evidenceHouse(
  house: OpenHouse,
  dataDirectory: string,
): { readonly reads: ReadHouse; readonly exports: ExportHouse; readonly policies: PolicyHouse } {
  const { database, events, identities, catalogue, clock, random } = house;
  return {
    reads: { database: database.sql, identities, directory: directoryOf(house) },
    exports: { database: database.sql, store: events, identities, clock, random, directory: join(dataDirectory, 'exports') },
    policies: { sql: database.sql, store: events, identities, isTool: (name) => catalogue.find(name) !== undefined, clock, random },
  };
}

/** What the work behind the calls needs: sealing, following views, export jobs. */
export function backgroundHouse(house: OpenHouse, dataDirectory: string, failed: (error: unknown) => void): SealerHouse & ProjectorHouse & ExportJobHouse {
  const { exports } = evidenceHouse(house, dataDirectory);
  return { ...exports, store: house.events, software: SOFTWARE, published: () => undefined, failed };
}

/** Looks up what records name only by id. */
function directoryOf({ database: { sql }, catalogue, identities }: OpenHouse): Directory {
  return {
    packOf: (tool) => catalogue.find(tool)?.pack ?? null,
    async sitesOf(organization, contentIds) {
      const { rows } = await sql.query<{ content_id: string; site_id: string }>(
        'select content_id, site_id from contents_view where organization = $1 and content_id = any($2)',
        [organization, contentIds],
      );
      return new Map(rows.map((row) => [row.content_id, row.site_id]));
    },
    // Access keys belong to no client; clients come with OAuth.
    clientsNamed: async () => [],
    async groupsCalled(organization, externalId) {
      const { keys } = await identities.of(organization);
      const { rows } = await sql.query<{ user_id: string }>('select user_id from members_view where organization = $1', [organization]);
      return rows.map((row) => groupId(keys.correlation, row.user_id, externalId));
    },
  };
}
