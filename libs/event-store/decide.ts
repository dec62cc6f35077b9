import { LIMITS } from '#kernel';
import type { AppendRequest, AppendResult, StoredEvent } from './port.ts';

/** What appends are decided on: in memory the whole log's, in a database what was looked up under the log's lock. */
export type Known = {
  /** Position and time of the newest event; 0 while there is none. */
  head: number;
  recordedAt: number;
  /** How many events a stream holds; absent is 0. */
  readonly revisions: Map<string, number>;
  /** Absent is 0. */
  readonly counters: Map<string, number>;
  /** Of the events that exist, by event id. */
  readonly positions: Map<string, number>;
};

export type Accepted = { readonly outcome: 'accepted'; readonly request: AppendRequest; readonly events: readonly StoredEvent[] };

/**
 * Decides one append. A repetition is recognised first: its own first commit may be the reason why its assertions
 * fail now. A stale assertion comes before a conflict: who lost a right learns nothing about a stream.
 */
export function decide(request: AppendRequest, known: Known, now: number): Accepted | AppendResult {
  return repetition(request, known) ?? staleness(request, known) ?? conflict(request, known) ?? acceptance(request, known, now);
}

/** Adds an accepted append to what is known, for the decisions that follow it, and gives its result. */
export function remember({ request, events }: Accepted, known: Known): AppendResult {
  for (const event of events) {
    known.head = event.position;
    known.recordedAt = event.recordedAt;
    known.revisions.set(event.stream, event.revision);
    known.positions.set(event.id, event.position);
  }
  for (const name of request.bump ?? []) known.counters.set(name, (known.counters.get(name) ?? 0) + 1);
  return { outcome: 'appended', position: known.head, repeated: false };
}

function repetition(request: AppendRequest, known: Known): AppendResult | undefined {
  const ids = request.streams.flatMap((one) => one.events.map((event) => event.id));
  const positions = ids.map((id) => known.positions.get(id)).filter((position) => position !== undefined);
  if (positions.length === 0) return undefined;
  if (positions.length < ids.length) throw new Error('some event ids of this append are stored, others are not: ids were used twice');
  return { outcome: 'appended', position: Math.max(...positions), repeated: true };
}

function staleness({ assert = {} }: AppendRequest, known: Known): AppendResult | undefined {
  for (const counter of Object.keys(assert)) {
    const actual = known.counters.get(counter) ?? 0;
    if (actual !== assert[counter]) return { outcome: 'stale', counter, actual };
  }
  return undefined;
}

function conflict({ streams }: AppendRequest, known: Known): AppendResult | undefined {
  for (const { stream, expected } of streams) {
    const actual = known.revisions.get(stream) ?? 0;
    if (expected !== 'any' && actual !== expected) return { outcome: 'conflict', stream, actual };
  }
  return undefined;
}

/** Gives every event its place: the next positions of the log, the next revisions of its stream, a time that never goes back. */
function acceptance(request: AppendRequest, known: Known, now: number): Accepted {
  const { organization } = request;
  const recordedAt = Math.max(now, known.recordedAt);
  const events: StoredEvent[] = [];
  for (const { stream, events: fresh } of request.streams) {
    let revision = known.revisions.get(stream) ?? 0;
    if (fresh.length > 0 && revision + fresh.length > LIMITS.eventsPerStream) throw new Error(`stream ${stream} would exceed ${LIMITS.eventsPerStream} events`);
    for (const { id, type, version, body } of fresh) {
      revision += 1;
      events.push({ position: known.head + events.length + 1, organization, stream, revision, id, type, version, body: bufferOf(body), recordedAt });
    }
  }
  return { outcome: 'accepted', request, events };
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
