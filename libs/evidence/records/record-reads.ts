import type { Database } from '#event-store';
import { isRefusal, RECORD_ID_PATTERN, type Refusal, refuse } from '#kernel';
import type { LogIdentities } from '../log-identity.ts';
import { viewsAsOf } from '../views/run-projector.ts';
import type { Hits } from './conditions.ts';
import { type ListQuery, type Parameters, parseListQuery, type RecordFilters } from './filters.ts';
import { findGroup, type GroupItem, groupItem, newestGroups, recordsWithNames } from './groups.ts';
import { newestPositions, positionsOfGroup } from './lists.ts';
import { type EvidenceItem, evidenceItem, type RecordItem, recordItem, type Surroundings } from './record-item.ts';
import { findRecord, readDisclosed, recordsAt, type StoredRecord } from './stored-record.ts';

/** What evidence asks of others to show and to find records. */
export interface Directory {
  packOf(tool: string): string | null;
  /** Sites by content id; content that is not known is absent. */
  sitesOf(organization: string, contentIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Ids of clients whose name starts so. */
  clientsNamed(organization: string, prefix: string): Promise<readonly string[]>;
  /** Every group that a member of the organisation would open with this external id. */
  groupsCalled(organization: string, externalId: string): Promise<readonly string[]>;
}

export type ReadHouse = { readonly database: Database; readonly identities: LogIdentities; readonly directory: Directory };

/** `asOf`: the position of the last event that the list takes into account. */
export type Page<Item> = { readonly items: readonly Item[]; readonly nextCursor: string | null; readonly asOf: number };

/** GET /audit: every record, newest first. */
export async function listAudit(house: ReadHouse, organization: string, parameters: Parameters): Promise<Page<RecordItem> | Refusal> {
  return listRecords(house, organization, 'audit', parameters, recordItem);
}

/** GET /evidence: records of the eight kinds, newest first. */
export async function listEvidence(house: ReadHouse, organization: string, parameters: Parameters): Promise<Page<EvidenceItem> | Refusal> {
  return listRecords(house, organization, 'evidence', parameters, evidenceItem);
}

/** GET /correlations: groups, the ones last added to first. */
export async function listGroups(house: ReadHouse, organization: string, parameters: Parameters): Promise<Page<GroupItem> | Refusal> {
  const query = parseListQuery('correlations', parameters);
  if (isRefusal(query)) return query;
  const { database, identities } = house;
  const asOf = await viewsAsOf(database);
  const { rows, nextCursor } = await newestGroups(database, organization, query, await hitsOf(house, organization, query.filters));
  const { vaultKey } = await identities.of(organization);
  const disclosed = await readDisclosed(database, organization, vaultKey, rows.flatMap(recordsWithNames));
  return { items: rows.map((row) => groupItem(row, disclosed)), nextCursor, asOf };
}

export type GroupPage = Page<EvidenceItem> & { readonly group: GroupItem };

/** GET /correlations/{id}: the group with its records, oldest first. */
export async function readGroup(house: ReadHouse, organization: string, groupId: string, parameters: Parameters): Promise<GroupPage | Refusal> {
  const query = parseListQuery('group', parameters);
  if (isRefusal(query)) return query;
  const { database, identities } = house;
  const row = await findGroup(database, organization, groupId);
  if (row === null) return refuse('not_found', 'There is no such group.');
  const { vaultKey } = await identities.of(organization);
  const disclosed = await readDisclosed(database, organization, vaultKey, recordsWithNames(row));
  const { positions, nextCursor, asOf } = await positionsOfGroup(database, organization, groupId, query);
  return { group: groupItem(row, disclosed), items: await show(house, organization, positions, evidenceItem), nextCursor, asOf };
}

/** GET /evidence/{recordId}: one record, of whatever class. Found from its commit on. */
export async function readRecord({ database, identities, directory }: ReadHouse, organization: string, recordId: string): Promise<EvidenceItem | Refusal> {
  const { vaultKey, origin } = await identities.of(organization);
  const record = RECORD_ID_PATTERN.test(recordId) ? await findRecord(database, organization, vaultKey, recordId) : null;
  if (record === null) return refuse('not_found', 'There is no such record.');
  return evidenceItem(record, await surroundings(directory, organization, origin, [record]));
}

const VIEWS = { audit: 'audit_view', evidence: 'evidence_records_view' } as const;

type Show<Item> = (record: StoredRecord, surroundings: Surroundings) => Item;

async function listRecords<Item>(
  house: ReadHouse,
  organization: string,
  list: keyof typeof VIEWS,
  parameters: Parameters,
  item: Show<Item>,
): Promise<Page<Item> | Refusal> {
  const query: ListQuery | Refusal = parseListQuery(list, parameters);
  if (isRefusal(query)) return query;
  const hits = await hitsOf(house, organization, query.filters);
  const { positions, nextCursor, asOf } = await newestPositions(house.database, VIEWS[list], organization, query, hits);
  return { items: await show(house, organization, positions, item), nextCursor, asOf };
}

async function show<Item>(house: ReadHouse, organization: string, positions: readonly number[], item: Show<Item>): Promise<Item[]> {
  const { vaultKey, origin } = await house.identities.of(organization);
  const records = await recordsAt(house.database, organization, vaultKey, positions);
  const around = await surroundings(house.directory, organization, origin, records);
  return records.map((record) => item(record, around));
}

async function surroundings(directory: Directory, organization: string, origin: string, records: readonly StoredRecord[]): Promise<Surroundings> {
  const contentIds = records.flatMap(({ event: { data } }) => (data.class === 'control' ? [] : data.content.map(({ contentId }) => contentId)));
  const sites = await directory.sitesOf(organization, [...new Set(contentIds)]);
  return { origin, packOf: (tool) => directory.packOf(tool), siteOf: (contentId) => sites.get(contentId) ?? null };
}

async function hitsOf({ directory }: ReadHouse, organization: string, { q = [] }: RecordFilters): Promise<Hits> {
  const clients = await Promise.all(q.map((word) => directory.clientsNamed(organization, word)));
  const groups = await Promise.all(q.map((word) => directory.groupsCalled(organization, word)));
  return { clients: clients.flat(), groups: groups.flat() };
}
