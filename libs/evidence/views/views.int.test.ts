import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { InlineView, StoredEvent } from '#event-store';
import { createPostgresEventStore } from '#event-store/postgres';
import { groupId } from '#ledger';
import { type EvidenceDatabase, given, openEvidenceDatabase } from '../../../test/support/evidence-database.ts';
import { breachesOfRebuildLaw } from '../../../test/support/rebuild-law.ts';
import { CORRELATION_KEY, callRecord, logIdentities, type RecordedCall } from '../../../test/support/records.ts';
import { type Directory, listAudit, listEvidence, listGroups, readGroup, readRecord } from '../records/record-reads.ts';
import { isRecordType } from '../sealer/records-to-seal.ts';
import { sealNext } from '../sealer/sealing-transaction.ts';
import { compareRebuilt, following, inline, rebuild } from './rebuild.ts';
import { followingViews, project, runProjector, viewsAsOf } from './run-projector.ts';

const ORG = 'org_one';
const T0 = Date.parse('2026-11-20T10:00:00Z');
const minutes = (count: number) => T0 + count * 60_000;
const iso = (count: number) => new Date(minutes(count)).toISOString();

const directory: Directory = {
  packOf: (tool) => (tool.startsWith('content_') ? 'content' : null),
  sitesOf: async (_organization, contentIds) => new Map(contentIds.map((id) => [id, 'sit_hr'])),
  clientsNamed: async (_organization, prefix) => ('Code Editor'.startsWith(prefix) ? ['cli_code'] : []),
  groupsCalled: async (_organization, externalId) => ['usr_ada', 'usr_bob'].map((user) => groupId(CORRELATION_KEY, user, externalId)),
};

let database: EvidenceDatabase;
let calls: RecordedCall[];
const house = () => ({ database: database.pool, identities: logIdentities(ORG, 'org_two'), directory, clock: Date.now });

async function catchUp(): Promise<void> {
  for (let after = await viewsAsOf(database.pool); ; after = await viewsAsOf(database.pool)) {
    const events = await database.store.readAll({ after, limit: 7 });
    if (events.length === 0) return;
    await project(database.pool, events);
  }
}

const ids = (list: unknown) => (list as { items: { recordId: string }[] }).items.map(({ recordId }) => recordId);
const nth = (...places: number[]) => places.map((place) => calls[place]!.event.id);

beforeAll(async () => {
  database = await openEvidenceDatabase();
  calls = [
    await database.record({ organization: ORG, at: minutes(0), externalId: 'case-42', contentIds: ['con_a', 'con_b'] }),
    await database.record({
      organization: ORG,
      at: minutes(1),
      actor: 'usr_bob',
      email: 'bob@example.org',
      client: 'cli_gpt',
      clientName: 'Chat',
      externalId: 'case-42',
    }),
    await database.record({ organization: ORG, at: minutes(2), externalId: 'case-42', kind: null, tool: 'content_list_sites' }),
    await database.record({ organization: ORG, at: minutes(3), kind: null, outcome: 'refused', tool: null }),
    await database.record({ organization: 'org_two', at: minutes(4), externalId: 'case-42' }),
    await database.record({ organization: ORG, at: minutes(5), externalId: 'case-42', kind: 'chunks', contentIds: ['con_b'] }),
  ];
  await catchUp();
});
afterAll(() => database.close());

describe('lists', () => {
  it('GET /audit: every record of the organisation, newest first, in the shape of the contract', async () => {
    const list = await listAudit(house(), ORG, {});
    expect(list).toMatchObject({ nextCursor: null, asOf: 6 });
    expect(ids(list)).toEqual(nth(5, 3, 2, 1, 0));
    const [newest] = given(list).items;
    expect(newest).toEqual({
      recordId: calls[5]!.event.id,
      time: iso(5),
      recordedAt: new Date(minutes(5) + 20).toISOString(),
      class: 'governed',
      kind: 'chunks',
      outcome: 'answered',
      code: null,
      tool: { name: 'content_retrieve_file_content', pack: 'content', definition: expect.stringMatching(/^sha256:/) },
      actor: { id: 'usr_ada', email: 'ada@example.org' },
      client: { id: 'cli_code', name: 'Code Editor' },
      credential: { id: 'key_first', type: 'access_key' },
      correlationId: calls[5]!.event.correlationid,
      externalId: 'case-42',
      correlationSource: 'argument',
      policy: { version: 1, hash: expect.stringMatching(/^sha256:/) },
      argumentsSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      resultSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      eventHash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      log: null,
      erased: false,
      about: null,
    });
  });

  it.each<[filter: Record<string, string | string[]>, places: number[]]>([
    [{ outcome: 'refused' }, [3]],
    [{ class: 'audit' }, [3, 2]],
    [{ class: ['audit', 'governed'] }, [5, 3, 2, 1, 0]],
    [{ actorId: 'usr_bob' }, [1]],
    [{ clientId: ['cli_gpt', 'cli_none'] }, [1]],
    [{ tool: 'content_list_sites' }, [2]],
    [{ kind: 'chunks' }, [5]],
    [{ contentId: 'con_b' }, [5, 0]],
    [{ contentId: 'con_b', kind: 'chunks' }, [5]],
    [{ from: iso(1), to: iso(3) }, [2, 1]],
    [{ q: 'content_list' }, [2]],
    [{ q: 'usr_b' }, [1]],
    [{ q: 'con_b' }, [5, 0]],
    [{ q: 'Code' }, [5, 3, 2, 0]],
    [{ q: 'case-42' }, [5, 2, 1, 0]],
    [{ q: ['usr_b', 'content_list'] }, [2, 1]],
    [{ q: 'nobody' }, []],
    // Identifiers are not patterns.
    [{ q: '%' }, []],
    [{ q: '_' }, []],
    [{ tool: 'content_%' }, []],
    [{ actorId: '**' }, []],
  ])('GET /audit with %j', async (filter, places) => {
    expect(ids(await listAudit(house(), ORG, filter))).toEqual(nth(...places));
  });

  it.each<[Record<string, string | string[]>, string]>([
    [{ unknown: 'x' }, ''],
    [{ outcome: 'maybe' }, 'outcome'],
    [{ from: 'yesterday' }, 'from'],
    [{ from: [iso(1), iso(2)] }, 'from'],
    [{ limit: '201' }, 'limit'],
    [{ limit: '0' }, 'limit'],
    [{ cursor: 'x' }, 'cursor'],
  ])('refuses %j', async (query, path) => {
    expect(await listAudit(house(), ORG, query)).toMatchObject({ code: 'invalid_params', issues: [{ path }] });
  });

  it('pages through everything exactly once', async () => {
    const seen: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const list = given(await listAudit(house(), ORG, { limit: '2', ...(cursor === undefined ? {} : { cursor }) }));
      seen.push(...ids(list));
      cursor = list.nextCursor;
    }
    expect(seen).toEqual(nth(5, 3, 2, 1, 0));
  });

  it('GET /evidence: the records of the eight kinds, with what was delivered', async () => {
    const list = await listEvidence(house(), ORG, { contentId: 'con_a' });
    expect(ids(list)).toEqual(nth(0));
    expect(given(list).items[0]).toMatchObject({
      content: [
        {
          contentId: 'con_a',
          siteId: 'sit_hr',
          name: 'con_a.md',
          path: 'HR/con_a.md',
          version: 17,
          range: { start: 120, end: 180 },
          textSha256: expect.any(String),
        },
        { contentId: 'con_b' },
      ],
      summary: null,
      answer: null,
    });
    expect(await listEvidence(house(), ORG, { outcome: 'refused' })).toMatchObject({ code: 'invalid_params' });
    expect(await readRecord(house(), ORG, nth(3)[0]!)).toMatchObject({ class: 'audit', code: 'permission_denied', content: [] });
    expect(await readRecord(house(), 'org_two', nth(3)[0]!)).toMatchObject({ code: 'not_found' });
  });

  it('GET /correlations: groups by explicit id, one for each user, newest first; and one group, oldest first', async () => {
    const list = given(await listGroups(house(), ORG, {}));
    expect(list.items.map(({ correlationId }) => correlationId)).toEqual([5, 3, 1].map((place) => calls[place]!.event.correlationid));
    expect(list.items[0]).toEqual({
      correlationId: groupId(CORRELATION_KEY, 'usr_ada', 'case-42'),
      externalId: 'case-42',
      source: 'argument',
      firstAt: new Date(minutes(0) + 20).toISOString(),
      lastAt: new Date(minutes(5) + 20).toISOString(),
      calls: 3,
      evidence: 2,
      refused: 0,
      actors: [{ id: 'usr_ada', email: 'ada@example.org' }],
      clients: [{ id: 'cli_code', name: 'Code Editor' }],
      tools: [
        { name: 'content_list_sites', calls: 1 },
        { name: 'content_retrieve_file_content', calls: 2 },
      ],
      sealed: false,
      held: false,
    });
    expect(list.items[1]).toMatchObject({ externalId: null, source: 'none', calls: 1, refused: 1 });
    const filtered = await listGroups(house(), ORG, { contentId: 'con_a' });
    expect(given(filtered).items).toHaveLength(1);
    expect(await listGroups(house(), ORG, { kind: 'chunks' })).toMatchObject({ code: 'invalid_params' });

    const group = await readGroup(house(), ORG, calls[0]!.event.correlationid, {});
    expect(ids(group)).toEqual(nth(0, 2, 5));
    expect(group).toMatchObject({ group: { calls: 3 }, nextCursor: null });
    expect(await readGroup(house(), 'org_two', calls[1]!.event.correlationid, {})).toMatchObject({ code: 'not_found' });
  });

  it('says where a sealed record stands in the log, and that its group is sealed', async () => {
    await sealNext(house(), ORG);
    const group = await readGroup(house(), ORG, calls[0]!.event.correlationid, {});
    expect(group).toMatchObject({
      group: { sealed: true },
      items: [
        { log: { origin: 'deponent/test/org-one', index: 0, groupSeq: 1, sealedAt: expect.any(String) } },
        { log: { index: 2, groupSeq: 2 } },
        { log: { index: 4, groupSeq: 3 } },
      ],
    });
  });

  it('shows an erased record without anything that was in the vault', async () => {
    const { event } = await database.record({ organization: 'org_two', at: minutes(9) });
    await database.pool.query('delete from items_vault where id = $1', [event.id]);
    expect(await readRecord(house(), 'org_two', event.id)).toMatchObject({
      erased: true,
      actor: { id: 'usr_ada', email: null },
      client: { id: 'cli_code', name: null },
      argumentsSha256: null,
      content: [{ contentId: 'con_policy', version: 17, path: null, name: null, textSha256: null }],
    });
    await catchUp();
  });
});

describe('following and rebuilding', () => {
  it('follows the store, whoever else does, and applies every event once', async () => {
    const stop = new AbortController();
    const failures: unknown[] = [];
    const projectors = [1, 2].map(() =>
      runProjector({ database: database.pool, store: database.store, failed: (error) => void failures.push(error) }, stop.signal),
    );
    await Promise.all(Array.from({ length: 25 }, (_, call) => database.record({ organization: 'org_two', externalId: `bulk-${call % 5}` })));
    for (const head = await database.store.head(); (await viewsAsOf(database.pool)) < head; ) await new Promise((resolve) => setTimeout(resolve, 10));
    stop.abort();
    await Promise.all(projectors);
    expect(failures).toEqual([]);
    const { rows } = await database.pool.query(`select sum(calls)::int as calls from correlation_groups_view where organization = 'org_two' and calls = 5`);
    expect(rows).toEqual([{ calls: 25 }]);
  });

  it('refuses a batch that leaves events out', async () => {
    const [, second] = await database.store.readAll({ after: await viewsAsOf(database.pool), limit: 2 });
    expect(second).toBeUndefined();
    const late = { position: (await database.store.head()) + 2 } as StoredEvent;
    await expect(project(database.pool, [late])).rejects.toThrow(/the batch begins at/);
  });

  it.each(followingViews.map((view) => [view.name, view] as const))(
    'the view of %s is its rebuild, and no rebuild that skips any one event',
    async (_name, view) => {
      const wants =
        view.name === 'evidence records'
          ? (event: StoredEvent) => isRecordType(event.type) && !event.body.includes('"kind":null')
          : ({ type }: StoredEvent) => isRecordType(type);
      expect(await breachesOfRebuildLaw(database.pool, database.store, following(view), wants)).toEqual([]);
    },
  );

  it('swaps a rebuilt view in, with the names of its indexes, and goes on from there', async () => {
    const indexes = async () => (await database.pool.query(`select indexname, indexdef from pg_indexes where tablename like '%\\_view' order by 1`)).rows;
    const before = await indexes();
    await database.pool.query(`update correlation_groups_view set calls = 99 where organization = $1`, [ORG]);
    const results = [];
    for (const view of followingViews) results.push(await rebuild(database.pool, database.store, following(view)));
    expect(results.map(({ view, identical }) => [view, identical])).toEqual([
      ['audit', true],
      ['evidence records', true],
      ['correlation groups', false],
    ]);
    expect(await indexes()).toEqual(before);
    for (const view of followingViews) expect(await compareRebuilt(database.pool, database.store, following(view))).toMatchObject({ identical: true });
    await database.record({ organization: ORG, externalId: 'after' });
    await catchUp();
    for (const view of followingViews) expect(await compareRebuilt(database.pool, database.store, following(view))).toMatchObject({ identical: true });
  });

  it('rebuilds an inline view while calls go on', async () => {
    await database.pool.query(`create table call_counts_view (organization text primary key, calls int not null)`);
    const counts: InlineView = {
      name: 'call counts',
      tables: ['call_counts_view'],
      handles: ['deponent.call.answered.v1'],
      async apply({ organization }, sql) {
        await sql.query(`insert into call_counts_view values ($1, 1) on conflict (organization) do update set calls = call_counts_view.calls + 1`, [
          organization,
        ]);
      },
    };
    const connect = () => new pg.Client({ connectionString: database.url, pipeline: true }).connect();
    const store = createPostgresEventStore({ pool: database.pool, connect, inlineViews: [counts], clock: Date.now });
    expect(await rebuild(database.pool, store, inline(counts))).toMatchObject({ identical: false });
    expect(await breachesOfRebuildLaw(database.pool, store, inline(counts), ({ type }) => type === 'deponent.call.answered.v1')).toEqual([]);

    let calling = true;
    const caller = async () => {
      while (calling) await store.append(callRecord({ organization: ORG }).request);
    };
    const callers = [caller(), caller(), caller()];
    for (let round = 0; round < 3; round++) expect(await rebuild(database.pool, store, inline(counts))).toMatchObject({ identical: true });
    calling = false;
    await Promise.all(callers);
    expect(await compareRebuilt(database.pool, store, inline(counts))).toMatchObject({ identical: true });
    await store.close();
  });
});
