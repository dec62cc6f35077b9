import { fail } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Pool } from 'pg';
import {
  type ArtefactStore,
  type ContentSearch,
  type ContentTreeReads,
  contentWrites,
  createFile,
  createFileArtefacts,
  createFolder,
  createOpenRenditions,
  createSite,
  fileStream,
  folderStream,
  type ImportPorts,
  oneRoleIn,
  type SiteRole,
  saveVersion,
  siteStream,
} from '#content';
import {
  contentReads,
  contentSearch,
  contentTree,
  createNameMemory,
  createOpenedRows,
  type IndexedOrganization,
  indexAsOf,
  indexEvents,
  searchIndex,
} from '#content/postgres';
import { type EventStore, type Facts, factsOf } from '#event-store';
import { createPostgresEventStore } from '#event-store/postgres';
import { deriveKey, newId, type RandomBytes } from '#kernel';
import { decidedOn } from '#tools';
import { createTestDatabase } from './database.ts';

export type ContentHouse = Awaited<ReturnType<typeof openContent>>;

const random: RandomBytes = (length) => randomBytes(length);

/** Content on a real database and a real directory; `organization()` makes one of its own, with its own keys. */
export async function openContent() {
  const database = await createTestDatabase();
  const directory = await mkdtemp(join(tmpdir(), 'deponent-content-'));
  const pool = new Pool({ connectionString: database.url, max: 4 });
  // A connection may still be ending when its database is dropped.
  pool.on('error', () => undefined);
  const connect = () => new Client({ connectionString: database.url }).connect();
  const store = createPostgresEventStore({ pool, connect, inlineViews: [contentTree], clock: Date.now });
  const organizations = new Map<string, IndexedOrganization>();
  const index = searchIndex(async (id) => organizations.get(id) ?? fail(`no organisation ${id}`));
  const nameMemory = createNameMemory();
  const shared = { pool, renditions: createOpenRenditions(), openedRows: createOpenedRows(), memory: null, baseUrl: 'https://deponent.example' };

  return {
    pool,
    store,
    index,
    /** Brings the search index up to the newest event. */
    async follow(): Promise<void> {
      // Ends at the newest event.
      for (let after = await indexAsOf(pool); ; ) {
        const events = await store.readAll({ after, limit: 1_000 });
        if (events.length === 0) return;
        await indexEvents(pool, index, events);
        after = events.at(-1)?.position ?? after;
      }
    },
    organization() {
      const id = newId('organization', random);
      const secret = randomBytes(32);
      const vaultKey = deriveKey(secret, 'vault');
      const blobKey = deriveKey(secret, 'blob');
      const artefacts = createFileArtefacts({ root: join(directory, 'blobs'), organization: id, blobKey, random, clock: Date.now });
      const reads = { ...shared, organization: id, vaultKey, artefacts };
      const readsOf = (siteIds: readonly string[], role: SiteRole = 'owner') => contentReads({ ...reads, roles: oneRoleIn(siteIds, role) });
      organizations.set(id, { vaultKey, artefacts });
      const searchOf = (siteIds: readonly string[]) => contentSearch({ ...reads, nameMemory, authority: 1, roles: oneRoleIn(siteIds, 'owner') });
      return organizationOf({ id, store, vaultKey, artefacts, readsOf, searchOf });
    },
    async close() {
      await store.close();
      await pool.end();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

type Means = {
  readonly id: string;
  readonly store: EventStore;
  readonly vaultKey: Buffer;
  readonly artefacts: ArtefactStore;
  readonly readsOf: (siteIds: readonly string[], role?: SiteRole) => ContentTreeReads;
  readonly searchOf: (siteIds: readonly string[]) => ContentSearch;
};

/** What tools and commands do to content, done directly. */
function organizationOf({ id, store, vaultKey, artefacts, readsOf, searchOf }: Means) {
  const writes = contentWrites({ vaultKey, artefacts });
  const means = { vaultKey, clock: Date.now, random };
  const keep = (siteId: string, name: string, content: string | Uint8Array) =>
    writes.storeFile(siteId, { name, bytes: Buffer.from(content), contentType: null });

  async function appended(part: Facts): Promise<void> {
    const result = await store.append({ organization: id, ...part });
    if (result.outcome !== 'appended') throw new Error(JSON.stringify(result));
  }

  return {
    id,
    vaultKey,
    readsOf,
    searchOf,
    importPorts: (siteId: string): ImportPorts => ({ organization: id, reads: readsOf([siteId]), writes, artefacts, appender: store, ...means }),
    async site(name: string): Promise<string> {
      const siteId = newId('site', random);
      await appended(factsOf(decidedOn(siteStream, { id: siteId, revision: 0 }, createSite({ siteId, name })), means));
      return siteId;
    },
    async folder(siteId: string, parentId: string | null, name: string): Promise<string> {
      const contentId = newId('content', random);
      const decision = createFolder({ contentId, siteId, parentId, name }, writes.folderNameStream(siteId, parentId, name));
      await appended(factsOf(decidedOn(folderStream, { id: contentId, revision: 0 }, decision), means));
      return contentId;
    },
    async file(siteId: string, parentId: string | null, name: string, content: string | Uint8Array): Promise<string> {
      const contentId = newId('content', random);
      const decision = createFile({ contentId, siteId, parentId, name }, await keep(siteId, name, content));
      await appended(factsOf(decidedOn(fileStream, { id: contentId, revision: 0 }, decision), means));
      return contentId;
    },
    async version(siteId: string, contentId: string, content: string): Promise<void> {
      const item = await readsOf([siteId]).findContent(contentId);
      if (!item?.file) throw new Error('no such file');
      const decision = saveVersion({ contentId, version: item.file.current.version + 1 }, await keep(siteId, item.name, content));
      await appended(factsOf(decidedOn(fileStream, { id: contentId, revision: item.revision }, decision), means));
    },
  };
}
