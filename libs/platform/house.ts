import { join } from 'node:path';
import type { CallLimit, House } from '#calls';
import { type ArtefactStore, type ContentPorts, contentWrites, createFileArtefacts, createOpenRenditions, createTreeMemory, type Reliance } from '#content';
import { contentReads, contentSearch, contentTree, createNameMemory, createOpenedRows } from '#content/postgres';
import type { InlineView } from '#event-store';
import { createPostgresEventStore, type PostgresEventStore } from '#event-store/postgres';
import { changesView, identityView, keyUses, logIdentities, type OrganizationKeys, type Principals, policyView, principals, siteRolesNow } from '#identity';
import type { Clock, RandomBytes } from '#kernel';
import { content } from '#packs/content';
import { type Catalogue, catalogue } from '#tools';
import { type Database, openDatabase } from './database.ts';
import type { Deployment } from './deployment.ts';
import { type Gatekeeping, gatekeeping } from './gatekeeping.ts';
import type { Log } from './logging.ts';
import { type People, peopleOf } from './people.ts';
import { systemClock, systemRandom } from './system.ts';

/** Everything a process of ours is made of, put together once. */
export type OpenHouse = People & {
  readonly database: Database;
  readonly events: PostgresEventStore;
  readonly calls: House;
  readonly principals: Principals;
  readonly identities: ReturnType<typeof logIdentities>;
  readonly keyUses: ReturnType<typeof keyUses>;
  readonly noteDenied: Gatekeeping['noteDenied'];
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly random: RandomBytes;
  close(): Promise<void>;
};

export const inlineViews: readonly InlineView[] = [identityView, changesView, policyView, contentTree];

export type HouseOptions = {
  readonly databaseUrl: string;
  readonly dataDirectory: string;
  readonly deployment: Deployment;
  /** Where people and agents reach us, without a slash at its end. */
  readonly publicUrl: string;
  /** Null: no limit, or no calls. */
  readonly callLimit: CallLimit | null;
  readonly processName: string;
  readonly log: Log;
};

export async function openHouse({ databaseUrl, dataDirectory, deployment, publicUrl, callLimit, processName, log }: HouseOptions): Promise<OpenHouse> {
  const database = await openDatabase(databaseUrl, `deponent ${processName}`, (error) => log.warn('database connection lost', { error }));
  const events = createPostgresEventStore({ pool: database.pool, connect: database.connect, inlineViews, clock: systemClock });
  const who = principals({ sql: database.sql, deploymentKey: deployment.key, clock: systemClock });
  const identities = logIdentities({ sql: database.sql, deploymentKey: deployment.key });
  const gate = gatekeeping({ sql: database.sql, events, identities, deployment, callLimit, log });
  const tools = catalogue([content]);
  const people = peopleOf({ database, events, principals: who, identities, deployment, catalogue: tools });
  const calls: House = {
    catalogue: tools,
    principals: who,
    admission: gate.admission,
    events,
    openPorts: contentPortsOf(database, blobsOf(dataDirectory), publicUrl),
    publicUrl,
    clock: systemClock,
    random: systemRandom,
    report: (error, recordId) => log.error('call failed', { recordId, error }),
  };
  return {
    database,
    events,
    calls,
    principals: who,
    identities,
    keyUses: keyUses({ sql: database.sql, random: systemRandom }),
    ...people,
    noteDenied: gate.noteDenied,
    catalogue: tools,
    clock: systemClock,
    random: systemRandom,
    async close() {
      await gate.close();
      await events.close();
      await database.close();
    },
  };
}

export function blobsOf(dataDirectory: string): string {
  return join(dataDirectory, 'blobs');
}

/** Blobs and renditions of one organisation, as files below the data directory. */
export function artefactsOf(blobs: string, organization: string, keys: OrganizationKeys): ArtefactStore {
  return createFileArtefacts({ root: blobs, organization, blobKey: keys.blob, random: systemRandom, clock: systemClock });
}

/** The ports of the content pack for one call; what is read, opened or decrypted once stays in this process's memory. */
function contentPortsOf({ pool }: Database, blobs: string, baseUrl: string): House['openPorts'] {
  const renditions = createOpenRenditions();
  const openedRows = createOpenedRows();
  const tree = createTreeMemory();
  const nameMemory = createNameMemory();
  return async (_pack, principal) => {
    const { keys, authority } = principal;
    const { organization } = principal.caller;
    const artefacts = artefactsOf(blobs, organization, keys);
    const roles = siteRolesNow(principal, systemClock());
    const relied = new Map<string, Reliance>();
    const memory = { tree, authority, rely: (reliance: Reliance, contentId: string) => void relied.set(contentId, reliance) };
    const ports: ContentPorts = {
      reads: contentReads({ pool, organization, vaultKey: keys.vault, artefacts, renditions, openedRows, roles, memory, baseUrl }),
      writes: contentWrites({ vaultKey: keys.vault, artefacts }),
      search: contentSearch({ pool, organization, vaultKey: keys.vault, openedRows, roles, nameMemory, authority }),
    };
    return {
      ports,
      reliedOn: () => [...relied.values()],
      forget: () => {
        for (const contentId of relied.keys()) tree.forget(contentId);
      },
    };
  };
}
