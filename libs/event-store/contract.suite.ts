import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Clock, LIMITS, uuidv7 } from '#kernel';
import { type AppendRequest, type AppendResult, type EventStore, type NewEvent, type StoredEvent, type VaultKind } from './port.ts';

export type StoreUnderTest = {
  readonly store: EventStore;
  vaultRow(organization: string, kind: VaultKind, id: string): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
};

/** A fresh, empty store. */
export type OpenStore = (clock: Clock) => Promise<StoreUnderTest>;

/** What the port promises, of every adapter, without optional parts. */
export function describeEventStore(adapter: string, open: OpenStore): void {
  describe(`event store: ${adapter}`, () => {
    let opened: StoreUnderTest;
    let store: EventStore;
    let now = 1_800_000_000_000;

    beforeEach(async () => {
      opened = await open(() => now);
      store = opened.store;
    });
    afterEach(() => opened.close());

    describe('append and read', () => {
      it('gives events back byte for byte, with their places', async () => {
        const bytes = Buffer.from([...Array(256).keys()]);
        const [first, second] = [event({ type: 'content.FileSaved', version: 3, body: bytes }), event({ body: new Uint8Array(0) })];

        expect(await store.append({ organization: 'org_a', streams: [{ stream: 'content.file-1', expected: 0, events: [first, second] }] })).toEqual(
          appendedAt(2),
        );

        const stored = await store.readStream('content.file-1');
        expect(stored).toEqual([
          { position: 1, organization: 'org_a', stream: 'content.file-1', revision: 1, recordedAt: now, ...first, body: bytes },
          { position: 2, organization: 'org_a', stream: 'content.file-1', revision: 2, recordedAt: now, ...second, body: Buffer.alloc(0) },
        ]);
        expect(await store.readAll({ after: 0, limit: 10 })).toEqual(stored);
      });

      it('knows nothing of an unknown stream, an unknown organisation, an unbumped counter, an empty log', async () => {
        expect(await store.readStream('content.file-none')).toEqual([]);
        expect(await store.readAll({ after: 0, limit: 10 })).toEqual([]);
        expect(await store.counters(['authority/org_a'])).toEqual(new Map([['authority/org_a', 0]]));
        expect(await store.head()).toBe(0);
        await store.append(to('s-1', 0, event()));
        expect(await store.readAll({ after: 0, limit: 10, organization: 'org_none' })).toEqual([]);
        expect(await store.head()).toBe(1);
      });

      it('pages through the log, whole or of one organisation', async () => {
        for (const organization of ['org_a', 'org_b', 'org_a', 'org_b', 'org_a']) await store.append({ ...to(`s-${uuid()}`, 0, event()), organization });
        const positions = async (query: Parameters<EventStore['readAll']>[0]) => (await store.readAll(query)).map((one) => one.position);
        expect(await positions({ after: 0, limit: 3 })).toEqual([1, 2, 3]);
        expect(await positions({ after: 3, limit: 3 })).toEqual([4, 5]);
        expect(await positions({ after: 1, limit: 2, organization: 'org_a' })).toEqual([3, 5]);
        expect(await positions({ after: 5, limit: 2 })).toEqual([]);
      });

      it('never records a time earlier than before, whatever the clock does', async () => {
        await store.append(to('s-1', 0, event()));
        now -= 60_000;
        await store.append(to('s-1', 1, event()));
        now += 120_000;
        await store.append(to('s-1', 2, event()));
        expect((await store.readStream('s-1')).map((one) => one.recordedAt - now)).toEqual([-60_000, -60_000, 0]);
      });

      it('takes a malformed request for a defect, before it can touch anybody else', async () => {
        const twice = event();
        const malformed: AppendRequest[] = [
          { organization: 'org_a', streams: [...to('s-1', 0, event()).streams, ...to('s-1', 0, event()).streams] },
          to('s-1', 0, twice, twice),
          to('s-1', 0, event({ id: 'not-a-uuid' })),
          to('s-1', 0, event({ id: uuid().toUpperCase() })),
          to('s-1', 0, event({ version: 0 })),
          to('s-1', -1, event()),
          to('s-\u0000', 0, event()),
          to('s'.repeat(LIMITS.storedNameCharacters + 1), 0, event()),
          { ...to('s-1', 0), bump: ['authority/org_a'] },
          { ...to('s-1', 0), vault: [{ kind: 'name', id: 'con_1', ciphertext: Buffer.from('x') }] },
        ];
        const good = store.append(to('s-2', 0, event()));
        const outcomes = await Promise.allSettled(malformed.map((request) => store.append(request)));
        expect(outcomes.map((one) => one.status === 'rejected' && one.reason instanceof TypeError)).toEqual(malformed.map(() => true));
        expect(await good).toEqual(appendedAt(1));
        expect(await store.head()).toBe(1);
      });
    });

    describe('expected revisions', () => {
      it('answers with what the stream really holds', async () => {
        await store.append(to('s-1', 0, event(), event()));
        expect(await store.append(to('s-1', 0, event()))).toEqual({ outcome: 'conflict', stream: 's-1', actual: 2 });
        expect(await store.append(to('s-1', 3, event()))).toEqual({ outcome: 'conflict', stream: 's-1', actual: 2 });
        expect(await store.append(to('s-1', 2, event()))).toEqual(appendedAt(3));
        expect(await store.append(to('s-1', 'any', event()))).toEqual(appendedAt(4));
        expect((await store.readStream('s-1')).map((one) => one.revision)).toEqual([1, 2, 3, 4]);
      });

      it('writes several streams, counters and vault rows together or not at all', async () => {
        await store.append(to('s-taken', 0, event()));
        const both: AppendRequest = {
          organization: 'org_a',
          streams: [...to('s-free', 0, event()).streams, ...to('s-taken', 0, event()).streams],
          bump: ['authority/org_a'],
          vault: [{ kind: 'disclosure', id: 'r-1', ciphertext: Buffer.from('sealed') }],
        };
        expect(await store.append(both)).toEqual({ outcome: 'conflict', stream: 's-taken', actual: 1 });
        expect(await store.readStream('s-free')).toEqual([]);
        expect(await store.counters(['authority/org_a'])).toEqual(new Map([['authority/org_a', 0]]));
        expect(await opened.vaultRow('org_a', 'disclosure', 'r-1')).toBeUndefined();

        const free = { ...both, streams: [...to('s-free', 0, event()).streams, ...to('s-taken', 1, event()).streams] };
        expect(await store.append(free)).toEqual(appendedAt(3));
        expect((await store.readAll({ after: 1, limit: 10 })).map((one) => [one.stream, one.revision])).toEqual([
          ['s-free', 1],
          ['s-taken', 2],
        ]);
        expect(await store.counters(['authority/org_a'])).toEqual(new Map([['authority/org_a', 1]]));
        expect(Buffer.from((await opened.vaultRow('org_a', 'disclosure', 'r-1')) ?? [])).toEqual(Buffer.from('sealed'));
      });

      it('checks a stream without writing to it', async () => {
        await store.append(to('s-parent', 0, event()));
        const under = (expected: number): AppendRequest => ({
          organization: 'org_a',
          streams: [...to('s-parent', expected).streams, ...to('s-child', 0, event()).streams],
        });
        expect(await store.append(under(0))).toEqual({ outcome: 'conflict', stream: 's-parent', actual: 1 });
        expect(await store.append(under(1))).toEqual(appendedAt(2));
        expect(await store.append(to('s-parent', 1))).toEqual(appendedAt(2));
        expect(await store.readStream('s-parent')).toHaveLength(1);
      });

      it('lets no stream grow beyond the law, and takes the attempt for a defect of that caller alone', async () => {
        const many = Array.from({ length: LIMITS.eventsPerStream }, () => event());
        await store.append(to('s-full', 0, ...many));
        const [over, beside] = await Promise.allSettled([store.append(to('s-full', 'any', event())), store.append(to('s-1', 0, event()))]);
        expect(over).toMatchObject({ status: 'rejected', reason: expect.not.objectContaining({ name: 'StoreUnavailable' }) });
        expect(beside).toEqual({ status: 'fulfilled', value: appendedAt(LIMITS.eventsPerStream + 1) });
        expect(await store.readStream('s-full')).toHaveLength(LIMITS.eventsPerStream);
        expect(await store.append(to('s-full', LIMITS.eventsPerStream))).toMatchObject({ outcome: 'appended' });
      });
    });

    describe('counters', () => {
      const counter = 'authority/org_a';

      it('refuses a decision made before a bump, and that one alone', async () => {
        expect(await store.append({ ...to('s-1', 0, event()), assert: { [counter]: 0 }, bump: [counter] })).toEqual(appendedAt(1));
        const [stale, fresh, other] = await Promise.all([
          store.append({ ...to('s-2', 0, event()), assert: { [counter]: 0 } }),
          store.append({ ...to('s-3', 0, event()), assert: { [counter]: 1 } }),
          store.append({ ...to('s-4', 0, event()), assert: { 'authority/org_b': 0 } }),
        ]);
        expect(stale).toEqual({ outcome: 'stale', counter, actual: 1 });
        expect([fresh.outcome, other.outcome]).toEqual(['appended', 'appended']);
        expect(await store.readStream('s-2')).toEqual([]);
      });

      it('orders a bump and an assertion made at the same time: what was decided before the bump is not written after it', async () => {
        const [bumped, asserted] = await Promise.all([
          store.append({ ...to('s-1', 0, event()), bump: [counter] }),
          store.append({ ...to('s-2', 0, event()), assert: { [counter]: 0 } }),
        ]);
        if (asserted.outcome === 'appended') expect(asserted.position).toBeLessThan(positionOf(bumped));
        else expect(asserted).toEqual({ outcome: 'stale', counter, actual: 1 });
      });

      it('lets exactly one of many win who asserts and bumps', async () => {
        const results = await Promise.all(
          Array.from({ length: 20 }, (_, i) => store.append({ ...to(`s-${i}`, 0, event()), assert: { [counter]: 0 }, bump: [counter] })),
        );
        expect(results.filter((one) => one.outcome === 'appended')).toHaveLength(1);
        expect(results.filter((one) => one.outcome === 'stale')).toHaveLength(19);
        expect(await store.counters([counter])).toEqual(new Map([[counter, 1]]));
      });

      it('loses no bump', async () => {
        await Promise.all(Array.from({ length: 30 }, (_, i) => store.append({ ...to(`s-${i}`, 0, event()), bump: [counter, 'authority/org_b'] })));
        expect(await store.counters([counter, 'authority/org_b'])).toEqual(
          new Map([
            [counter, 30],
            ['authority/org_b', 30],
          ]),
        );
      });
    });

    describe('vault', () => {
      it('replaces a row, also twice at once, and keeps organisations apart', async () => {
        const put = (organization: string, stream: string, text: string): AppendRequest => ({
          ...to(stream, 0, event()),
          organization,
          vault: [{ kind: 'name', id: 'con_1', ciphertext: Buffer.from(text) }],
        });
        const read = async (organization: string) => Buffer.from((await opened.vaultRow(organization, 'name', 'con_1')) ?? []).toString();
        await store.append(put('org_a', 's-1', 'old'));
        const results = await Promise.all([
          store.append(put('org_a', 's-2', 'new 2')),
          store.append(put('org_a', 's-3', 'new 3')),
          store.append(put('org_b', 's-4', 'theirs')),
        ]);
        expect(results.map((one) => one.outcome)).toEqual(['appended', 'appended', 'appended']);
        const last = positionOf(results[0]!) > positionOf(results[1]!) ? 'new 2' : 'new 3';
        expect([await read('org_a'), await read('org_b')]).toEqual([last, 'theirs']);
      });
    });

    describe('repetition', () => {
      it('finds an append again by its event ids and doubles nothing', async () => {
        const request: AppendRequest = {
          organization: 'org_a',
          streams: [...to('s-1', 0, event(), event()).streams, ...to('s-2', 0, event()).streams],
          assert: { 'authority/org_a': 0 },
          bump: ['authority/org_a'],
        };
        expect(await store.append(request)).toEqual(appendedAt(3));
        await store.append(to('s-1', 2, event()));
        expect(await store.append(request)).toEqual({ outcome: 'appended', position: 3, repeated: true });
        expect(await store.head()).toBe(4);
        expect(await store.counters(['authority/org_a'])).toEqual(new Map([['authority/org_a', 1]]));
      });

      it('writes an append once that many send at the same time', async () => {
        const request = { ...to('s-1', 0, event()), bump: ['authority/org_a'] };
        const results = await Promise.all(Array.from({ length: 8 }, () => store.append(request)));
        expect(results.filter((one) => one.outcome === 'appended' && !one.repeated)).toEqual([appendedAt(1)]);
        expect(results.filter((one) => one.outcome === 'appended' && one.repeated && one.position === 1)).toHaveLength(7);
        expect(await store.head()).toBe(1);
        expect(await store.counters(['authority/org_a'])).toEqual(new Map([['authority/org_a', 1]]));
      });

      it('takes ids of which only some are stored for a defect, of that caller alone', async () => {
        const known = event();
        await store.append(to('s-1', 0, known));
        const [mixed, beside] = await Promise.allSettled([store.append(to('s-2', 0, known, event())), store.append(to('s-3', 0, event()))]);
        expect(mixed).toMatchObject({ status: 'rejected', reason: expect.not.objectContaining({ name: 'StoreUnavailable' }) });
        expect(beside).toEqual({ status: 'fulfilled', value: appendedAt(2) });
        expect(await store.readStream('s-2')).toEqual([]);
      });
    });

    describe('many at once', () => {
      it('gives each its own answer: conflict, stale, repeated and new, also on one stream', async () => {
        const stored = to('s-hot', 0, event());
        await store.append(stored);
        const kinds: Record<string, () => AppendRequest> = {
          conflict: () => to('s-hot', 0, event()),
          stale: () => ({ ...to('s-hot', 'any', event()), assert: { 'authority/org_a': 7 } }),
          repeated: () => stored,
          appended: () => to('s-hot', 'any', event()),
        };
        const asked = Array.from({ length: 60 }, (_, i) => Object.keys(kinds)[i % 4]!);
        const results = await Promise.all(asked.map((kind) => store.append(kinds[kind]!())));
        expect(results.map((one) => (one.outcome === 'appended' && one.repeated ? 'repeated' : one.outcome))).toEqual(asked);
        expect((await store.readStream('s-hot')).map((one) => one.revision)).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
      });

      it('is one history: every answer follows from the log before it', async () => {
        const counter = 'authority/org_a';
        const attempts: { request: AppendRequest; result: AppendResult }[] = [];
        const caller = async () => {
          for (let i = 0; i < 25; i++) {
            const [one, two] = [pick(['s-1', 's-2', 's-3']), pick(['s-4', 's-5', `s-${uuid()}`])];
            const seen = (await store.counters([counter])).get(counter) ?? 0;
            const length = async (stream: string) => (await store.readStream(stream)).length;
            const request: AppendRequest = {
              organization: 'org_a',
              streams: [...to(one, await length(one), event()).streams, ...to(two, pick<number | 'any'>(['any', await length(two)]), event()).streams],
              assert: { [counter]: seen },
              bump: Math.random() < 0.2 ? [counter] : [],
            };
            attempts.push({ request, result: await store.append(request) });
          }
        };
        await Promise.all(Array.from({ length: 12 }, caller));
        expectOneHistory(attempts, counter, await wholeLog(store));
      });

      it('numbers without gaps, and a reader who pages along sees every event once and in order', async () => {
        const writers = Array.from({ length: 12 }, async (_, w) => {
          for (let i = 0; i < 20; i++) await store.append(to(`s-${w}`, i * 2, event(), event()));
        });
        const seen: number[] = [];
        while (seen.length < 480) seen.push(...(await store.readAll({ after: seen.at(-1) ?? 0, limit: 7 })).map((one) => one.position));
        await Promise.all(writers);
        expect(seen).toEqual(Array.from({ length: 480 }, (_, i) => i + 1));
        expect(await store.head()).toBe(480);
      });
    });

    describe('subscription', () => {
      it('misses and reorders nothing, from any position, while many write', async () => {
        await Promise.all(Array.from({ length: 10 }, (_, i) => store.append(to(`s-early-${i}`, 0, event()))));
        const total = 10 + 8 * 30;
        const subscribers = [0, 0, 4, 10, 100].map((after) => collect(store, after, total - after));
        await Promise.all(
          Array.from({ length: 8 }, async (_, w) => {
            for (let i = 0; i < 30; i++) await store.append(to(`s-${w}`, i, event()));
          }),
        );
        const late = collect(store, 200, total - 200);
        const log = await wholeLog(store);
        for (const seen of [...(await Promise.all(subscribers)), await late]) expect(seen).toEqual(log.slice(log.length - seen.length));
      });

      it('hands on what is committed within milliseconds, without waiting for a poll', async () => {
        const done = new AbortController();
        const news = store.subscribe({ after: 0, signal: done.signal })[Symbol.asyncIterator]();
        const rounds = 8;
        const start = performance.now();
        for (let i = 0; i < rounds; i++) {
          const next = news.next();
          await store.append(to('s-1', i, event()));
          expect((await next).value).toMatchObject([{ position: i + 1 }]);
        }
        expect(performance.now() - start).toBeLessThan((rounds / 2) * LIMITS.subscriptionPollMilliseconds);
        done.abort();
        expect(await news.next()).toEqual({ done: true, value: undefined });
      });

      it('ends promptly when it is aborted: before, while asleep, and between batches', async () => {
        await store.append(to('s-1', 0, event()));
        expect(await ended(store, 0, AbortSignal.abort())).toEqual([]);

        const asleep = new AbortController();
        const sleeping = ended(store, 1, asleep.signal);
        await new Promise((resolve) => setTimeout(resolve, 30));
        const aborted = performance.now();
        asleep.abort();
        expect(await sleeping).toEqual([]);
        expect(performance.now() - aborted).toBeLessThan(100);

        const between = new AbortController();
        const seen: number[] = [];
        for await (const events of store.subscribe({ after: 0, signal: between.signal })) {
          seen.push(events.length);
          between.abort();
        }
        expect(seen).toEqual([1]);
      });
    });
  });
}

export function uuid(): string {
  return uuidv7(Date.now(), randomBytes);
}

export function event(over: Partial<NewEvent> = {}): NewEvent {
  return { id: uuid(), type: 'test.Happened', version: 1, body: Buffer.from(`{"n":"${uuid()}"}`), ...over };
}

export function to(stream: string, expected: number | 'any', ...events: NewEvent[]): AppendRequest {
  return { organization: 'org_a', streams: [{ stream, expected, events }] };
}

export function appendedAt(position: number): AppendResult {
  return { outcome: 'appended', position, repeated: false };
}

/** The first `count` events after a position, as a subscriber gets them. */
export async function collect(store: EventStore, after: number, count: number): Promise<StoredEvent[]> {
  const done = new AbortController();
  const seen: StoredEvent[] = [];
  for await (const events of store.subscribe({ after, signal: done.signal })) {
    seen.push(...events);
    if (seen.length >= count) done.abort();
  }
  return seen;
}

async function ended(store: EventStore, after: number, signal: AbortSignal): Promise<StoredEvent[]> {
  const seen: StoredEvent[] = [];
  for await (const events of store.subscribe({ after, signal })) seen.push(...events);
  return seen;
}

async function wholeLog(store: EventStore): Promise<StoredEvent[]> {
  const log: StoredEvent[] = [];
  for (;;) {
    const page = await store.readAll({ after: log.length, limit: LIMITS.eventsPerPage });
    if (page.length === 0) return log;
    log.push(...page);
  }
}

function positionOf(result: AppendResult): number {
  if (result.outcome !== 'appended') throw new Error(`not appended: ${result.outcome}`);
  return result.position;
}

function pick<Item>(items: readonly Item[]): Item {
  return items[Math.floor(Math.random() * items.length)]!;
}

/** Replays the log and holds every answer against the state right before it; what was refused must not be in it. */
function expectOneHistory(attempts: readonly { request: AppendRequest; result: AppendResult }[], counter: string, log: readonly StoredEvent[]): void {
  const done = attempts.filter((one) => one.result.outcome === 'appended').sort((a, b) => positionOf(a.result) - positionOf(b.result));
  expect(done.length).toBeGreaterThan(0);
  expect(done.length).toBeLessThan(attempts.length);
  const lengths = new Map<string, number>();
  let count = 0;
  let position = 0;
  for (const { request } of done) {
    expect(request.assert).toEqual({ [counter]: count });
    for (const { stream, expected, events } of request.streams) {
      const length = lengths.get(stream) ?? 0;
      if (expected !== 'any') expect(expected).toBe(length);
      lengths.set(stream, length + events.length);
      for (const one of events) expect(log[position++]).toMatchObject({ id: one.id, position, stream });
    }
    count += request.bump?.length ?? 0;
  }
  expect(log).toHaveLength(position);
  for (const { result } of attempts) {
    if (result.outcome === 'conflict') expect(result.actual).toBeLessThanOrEqual(lengths.get(result.stream) ?? 0);
    if (result.outcome === 'stale') expect(result.actual).toBeLessThanOrEqual(count);
  }
}
