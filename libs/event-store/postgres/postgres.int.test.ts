import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client, Pool } from 'pg';
import { type Clock, LIMITS } from '#kernel';
import { createTestDatabase } from '../../../test/support/database.ts';
import { createFaultyProxy, type FaultyProxy } from '../../../test/support/faulty-proxy.ts';
import { appendedAt, collect, describeEventStore, event, type OpenStore, to } from '../contract.suite.ts';
import type { EventStore, InlineView } from '../index.ts';
import { createPostgresEventStore, type PostgresEventStore } from './index.ts';

describeEventStore('postgres', openStores(1));
describeEventStore('postgres, shared by two processes', openStores(2));

/** The contract's requests go to each process in turn. */
function openStores(processes: number): OpenStore {
  let opened: ReturnType<typeof openDatabase> | undefined;
  afterAll(async () => (await opened)?.close());
  return async (clock) => {
    opened ??= openDatabase();
    const database = await opened;
    await database.pool.query(EMPTY);
    const connect = () => new Client({ connectionString: database.url }).connect();
    const stores = Array.from({ length: processes }, () => createPostgresEventStore({ pool: database.pool, connect, inlineViews: [], clock }));
    let turn = 0;
    const next = () => stores[turn++ % processes]!;
    const store: EventStore = {
      append: (request) => next().append(request),
      readStream: (stream) => next().readStream(stream),
      readAll: (query) => next().readAll(query),
      subscribe: (subscription) => next().subscribe(subscription),
      head: () => next().head(),
      counters: (names) => next().counters(names),
    };
    return {
      store,
      async vaultRow(...row) {
        const sql = 'select ciphertext from items_vault where organization = $1 and kind = $2 and id = $3';
        return (await database.pool.query<{ ciphertext: Buffer }>(sql, row)).rows[0]?.ciphertext;
      },
      async close() {
        await Promise.all(stores.map((one) => one.close()));
      },
    };
  };
}

/** Only the owner of the table can do this, and only by switching the trigger off first. */
const EMPTY = `
  alter table events disable trigger events_only_grow;
  truncate events, counters, items_vault;
  alter table events enable always trigger events_only_grow`;

async function openDatabase() {
  const { url, drop } = await createTestDatabase();
  const pool = new Pool({ connectionString: url, max: 4 });
  pool.on('error', () => undefined);
  return {
    url,
    pool,
    async close() {
      await pool.end();
      await drop();
    },
  };
}

describe('event store: postgres alone', () => {
  let database: Awaited<ReturnType<typeof openDatabase>>;
  let proxy: FaultyProxy;
  let store: PostgresEventStore;

  const open = (inlineViews: InlineView[] = [], clock: Clock = Date.now) =>
    createPostgresEventStore({ pool: database.pool, connect: () => proxy.connect(), inlineViews, clock });
  const none = expect.objectContaining({ name: 'StoreUnavailable', outcome: 'none' });

  beforeEach(async () => {
    database = await openDatabase();
    proxy = await createFaultyProxy(database.url);
    store = open();
  });
  afterEach(async () => {
    proxy.become('well');
    await store.close();
    proxy.close();
    await database.close();
  });

  it('refuses UPDATE, DELETE and TRUNCATE of events, also where triggers are switched off for replicas', async () => {
    await store.append(to('s-1', 0, event()));
    for (const role of ['origin', 'replica']) {
      for (const change of ['update events set version = 2', 'delete from events where false', 'truncate events']) {
        const client = await database.pool.connect();
        await client.query(`set session_replication_role = ${role}`);
        await expect(client.query(change)).rejects.toThrow('events only grow');
        client.release(true);
      }
    }
    expect(await store.head()).toBe(1);
  });

  it('decides a batch in the order of arrival: who asserts what the one before bumps is stale', async () => {
    const results = await Promise.all([
      store.append({ ...to('s-1', 0, event()), bump: ['authority/org_a'] }),
      store.append({ ...to('s-2', 0, event()), assert: { 'authority/org_a': 0 } }),
      store.append({ ...to('s-2', 0, event()), assert: { 'authority/org_a': 1 } }),
    ]);
    expect(results).toEqual([appendedAt(1), { outcome: 'stale', counter: 'authority/org_a', actual: 1 }, appendedAt(2)]);
  });

  it('finds in a batch what the database itself refuses, and refuses that alone', async () => {
    await database.pool.query(`alter table events add check (type <> 'test.Poison')`);
    const [before, poison, after] = await Promise.allSettled([
      store.append(to('s-1', 0, event())),
      store.append(to('s-2', 0, event({ type: 'test.Poison' }))),
      store.append(to('s-1', 1, event())),
    ]);
    expect([before, after]).toEqual([appendedAt(1), appendedAt(2)].map((value) => ({ status: 'fulfilled', value })));
    expect(poison).toMatchObject({ status: 'rejected', reason: { code: '23514' } });
  });

  it('turns away at once whom it could only let wait', async () => {
    const results = await Promise.allSettled(Array.from({ length: LIMITS.appendsWaiting + 5 }, () => store.append(to('s-1', 0))));
    expect(results.filter((one) => one.status === 'rejected').map((one) => one.reason)).toEqual(Array(5).fill(none));
  });

  it('will not acknowledge what a power cut could take back', async () => {
    await database.pool.query(`do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$`);
    await expect(store.append(to('s-1', 0, event()))).rejects.toEqual(none);
    expect(await store.head()).toBe(0);
  });

  describe('inline views', () => {
    const calls: InlineView = {
      name: 'calls',
      tables: ['calls_view'],
      handles: ['test.Called', 'test.Misapplied', 'test.Misqueried'],
      async apply({ type, position }, sql) {
        await sql.query('insert into calls_view values ($1)', [position]);
        if (type === 'test.Misapplied') throw new RangeError('no such call');
        if (type === 'test.Misqueried') await sql.query('select * from no_such_table');
      },
    };

    it('change in the same commit, and one that fails takes only its own append with it', async () => {
      await database.pool.query('create table calls_view (position bigint)');
      await store.close();
      store = open([calls]);
      const results = await Promise.allSettled([
        store.append(to('s-1', 0, event())),
        store.append(to('s-2', 0, event({ type: 'test.Called' }))),
        store.append({ ...to('s-3', 0, event({ type: 'test.Misapplied' })), bump: ['authority/org_a'] }),
        store.append(to('s-4', 0, event({ type: 'test.Misqueried' }))),
        store.append({ ...to('s-3', 0, event({ type: 'test.Called' })), assert: { 'authority/org_a': 0 } }),
        store.append(to('s-1', 1, event())),
      ]);
      expect(results.map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason)))).toEqual([
        appendedAt(1),
        appendedAt(2),
        'RangeError: no such call',
        'error: relation "no_such_table" does not exist',
        appendedAt(3),
        appendedAt(4),
      ]);
      expect((await database.pool.query('select position::int from calls_view order by 1')).rows).toEqual([{ position: 2 }, { position: 3 }]);
      expect((await store.readAll({ after: 0, limit: 9 })).map((one) => one.stream)).toEqual(['s-1', 's-2', 's-3', 's-1']);
    });
  });

  describe('outages', () => {
    it('answers "unavailable, nothing written" to whatever says "not now", and goes on afterwards', async () => {
      await database.pool.query(`
        create function fail_as_told() returns trigger language plpgsql as $$
          begin raise exception 'told to fail' using errcode = substr(new.type, 6); end $$;
        create trigger fail_as_told before insert on events for each row when (new.type like 'fail.%') execute function fail_as_told()`);
      for (const state of ['53100', '53200', '57P01', '57P03', '57014', '58030', '25006', '08006', '40001', '40P01', '55P03']) {
        await expect(store.append(to('s-1', 0, event({ type: `fail.${state}` })))).rejects.toEqual(none);
      }
      expect(await store.append(to('s-1', 0, event()))).toEqual(appendedAt(1));
    });

    it('survives a database that goes away and comes back; subscribers wait it out', async () => {
      const seen = collect(store, 0, 2);
      expect(await store.append(to('s-1', 0, event()))).toEqual(appendedAt(1));
      proxy.become('down');
      const refused = await Promise.allSettled(Array.from({ length: 20 }, () => store.append(to('s-1', 1, event()))));
      expect(refused.map((one) => one.status === 'rejected' && one.reason)).toEqual(Array(20).fill(none));
      proxy.become('well');
      expect(await store.append(to('s-1', 1, event()))).toEqual(appendedAt(2));
      expect((await seen).map((one) => one.position)).toEqual([1, 2]);
    });

    it('keeps nobody waiting in turn when the database falls silent while a refused batch is tried one by one', async () => {
      await database.pool.query(`alter table events add check (type <> 'test.Poison')`);
      await store.close();
      let commits = 0;
      store = open([], () => {
        if (++commits === 3) proxy.become('frozen');
        return Date.now();
      });
      const asked = performance.now();
      const results = await Promise.allSettled([
        store.append(to('s-1', 0, event())),
        store.append(to('s-2', 0, event({ type: 'test.Poison' }))),
        ...Array.from({ length: 9 }, (_, at) => store.append(to(`s-${at + 3}`, 0, event()))),
      ]);
      expect(results.map((one) => (one.status === 'fulfilled' ? one.value : one.reason))).toEqual([appendedAt(1), ...Array(10).fill(none)]);
      expect(performance.now() - asked).toBeLessThan(LIMITS.commitMilliseconds + 1_000);
      proxy.become('well');
      expect(await store.append(to('s-3', 0, event()))).toEqual(appendedAt(2));
    });

    it('does not wait for a database that has fallen silent', async () => {
      await store.append(to('s-1', 0, event()));
      proxy.become('frozen');
      const asked = performance.now();
      const unconnected = open();
      const refused = await Promise.allSettled([store, store, unconnected].map((one) => one.append(to('s-1', 1, event()))));
      expect(refused.map((one) => one.status === 'rejected' && one.reason)).toEqual([none, none, none]);
      expect(performance.now() - asked).toBeLessThan(LIMITS.commitMilliseconds + 1_000);
      proxy.become('well');
      expect(await store.append(to('s-1', 1, event()))).toEqual(appendedAt(2));
      expect(await unconnected.append(to('s-1', 2, event()))).toEqual(appendedAt(3));
      await unconnected.close();
    }, 15_000);

    it('gives up the lock that another process holds without end', async () => {
      const other = await database.pool.connect();
      await other.query('begin; select from event_log_head for update');
      await expect(store.append(to('s-1', 0, event()))).rejects.toEqual(none);
      await other.query('rollback');
      other.release();
      expect(await store.append(to('s-1', 0, event()))).toEqual(appendedAt(1));
    }, 10_000);
  });

  describe('a connection lost inside COMMIT', () => {
    const request = { ...to('s-1', 0, event()), bump: ['authority/org_a'] };
    let gate: Client;

    /** A deferred trigger makes every COMMIT wait for the gate. */
    beforeEach(async () => {
      gate = await new Client({ connectionString: database.url }).connect();
      await database.pool.query(`
        create function pass_gate() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock_shared(7); return null; end $$;
        create constraint trigger pass_gate after insert on events deferrable initially deferred for each row execute function pass_gate()`);
    });
    afterEach(() => gate.end());

    const shut = () => gate.query('select pg_advisory_lock(7)');
    const opened = () => gate.query('select pg_advisory_unlock(7)');

    /** The process id of the backend that stands before the gate. */
    async function waitingBackend(): Promise<number> {
      for (;;) {
        const { rows } = await gate.query<{ pid: number }>(
          `select pid from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())`,
        );
        if (rows[0]) return rows[0].pid;
      }
    }

    it('is "appended" when only the answer was lost', async () => {
      proxy.failNextCommit('answer lost');
      const results = await Promise.all([store.append(request), store.append(to('s-2', 0, event())), store.append(to('s-1', 5, event()))]);
      expect(results).toEqual([appendedAt(1), appendedAt(2), { outcome: 'conflict', stream: 's-1', actual: 1 }]);
      expect(await store.head()).toBe(2);
    });

    it('is "none" when the backend was killed before it had committed', async () => {
      await shut();
      const append = store.append(request);
      const refused = expect(append).rejects.toEqual(none);
      await gate.query('select pg_terminate_backend($1)', [await waitingBackend()]);
      await refused;
      await opened();
      expect(await store.head()).toBe(0);
      expect(await store.append(request)).toEqual(appendedAt(1));
    });

    it('is not called "none" while the backend can still commit', async () => {
      await shut();
      proxy.failNextCommit('client cut');
      const append = store.append(request);
      await waitingBackend();
      expect(await Promise.race([append, new Promise((resolve) => setTimeout(resolve, 500, 'still open'))])).toBe('still open');
      await opened();
      expect(await append).toEqual(appendedAt(1));
      expect(await store.append(request)).toEqual({ outcome: 'appended', position: 1, repeated: true });
    });

    it('is "unknown" when nobody can look; the same ids tell later', async () => {
      await shut();
      proxy.failNextCommit('answer lost');
      const unknown = expect(store.append(request)).rejects.toEqual(expect.objectContaining({ name: 'StoreUnavailable', outcome: 'unknown' }));
      await waitingBackend();
      const other = await database.pool.connect();
      const lockedOut = other.query('begin; select from event_log_head for update');
      await opened();
      await lockedOut;
      await unknown;
      await other.query('rollback');
      other.release();
      expect(await store.append(request)).toEqual({ outcome: 'appended', position: 1, repeated: true });
      expect(await store.counters(['authority/org_a'])).toEqual(new Map([['authority/org_a', 1]]));
    }, 30_000);
  });
});
