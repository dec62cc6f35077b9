import { type ContentTreeReads, contentWrites, createOpenRenditions, type ImportProgress, type ImportReport, importFolder, oneRoleIn } from '#content';
import { contentReads, createOpenedRows } from '#content/postgres';
import type { Refusal } from '#kernel';
import { artefactsOf, blobsOf, type OpenHouse } from './house.ts';

/** Imports a directory of this machine into a site, on the operator's word: who may read the machine's files may fill it. */
export async function importForOperator(
  house: OpenHouse,
  dataDirectory: string,
  what: { readonly organization: string; readonly siteId: string; readonly directory: string },
  progress: ImportProgress,
): Promise<ImportReport | Refusal> {
  const { organization, siteId, directory } = what;
  const { keys } = await house.identities.of(organization);
  const artefacts = artefactsOf(blobsOf(dataDirectory), organization, keys);
  const reads: ContentTreeReads = contentReads({
    pool: house.database.pool,
    organization,
    vaultKey: keys.vault,
    artefacts,
    renditions: createOpenRenditions(),
    openedRows: createOpenedRows(),
    roles: oneRoleIn([siteId], 'owner'),
    memory: null,
    baseUrl: '',
  });
  const writes = contentWrites({ vaultKey: keys.vault, artefacts });
  const ports = { organization, vaultKey: keys.vault, reads, writes, artefacts, appender: house.events, clock: house.clock, random: house.random };
  return importFolder({ directory, siteId }, ports, progress);
}
