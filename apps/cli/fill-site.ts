import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isRefusal } from '#kernel';
import { importForOperator, indexUpToNow, type OpenHouse, readImported } from '#platform';
import { UsageError } from './command.ts';
import { importSummary, progressBar } from './progress.ts';

/** Our own documentation, in the package beside the built program. */
const DOCUMENTATION = join(import.meta.dirname, '../../../docs');

/** Fills the first site from the folder asked for; a new one that nobody fills gets the documentation. */
export async function fillFirstSite(house: OpenHouse, dataDirectory: string, importFrom: string | null, isNew: boolean): Promise<void> {
  const directory = importFrom === null ? (isNew && existsSync(DOCUMENTATION) ? DOCUMENTATION : null) : resolve(importFrom);
  if (directory === null) return;
  const site = await firstSite(house);
  if (site === null) throw new UsageError('There is no site to import into.');
  await importAndReport(house, dataDirectory, { ...site, directory });
}

export async function importAndReport(
  house: OpenHouse,
  dataDirectory: string,
  what: { readonly organization: string; readonly siteId: string; readonly directory: string },
): Promise<void> {
  const report = await importForOperator(house, dataDirectory, what, progressBar('Importing', process.stderr, house.clock));
  if (isRefusal(report)) throw new UsageError(`${what.directory}: ${report.message}`);
  const bar = progressBar('Reading', process.stderr, house.clock);
  const failed = (error: unknown) => process.stderr.write(`A document could not be read now: ${error}\n`);
  const documents = await readImported(house, dataDirectory, what.siteId, (progress) => bar({ ...progress, skipped: 0 }), failed);
  const indexBar = progressBar('Indexing', process.stderr, house.clock, 'events');
  await indexUpToNow(house, dataDirectory, (progress) => indexBar({ ...progress, skipped: 0 }));
  process.stderr.write(importSummary(what.directory, report, documents));
}

type SitePlace = { readonly organization: string; readonly siteId: string };

async function firstSite({ database: { sql } }: OpenHouse): Promise<SitePlace | null> {
  const { rows } = await sql.query<SitePlace>('select organization, site_id as "siteId" from sites_view order by created_at, site_id limit 1');
  return rows[0] ?? null;
}
