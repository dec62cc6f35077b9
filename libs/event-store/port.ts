/**
 * The event store: the one place where facts are kept.
 *
 * Durable: when `append` answers `appended`, the events survive a power cut (fsync of the write-ahead log).
 * Atomic: an append over several streams, its counters and its vault rows happen together or not at all.
 * Concurrent: appends of many callers may share one commit; a conflict, a stale assertion or a repeated event id of
 * one caller never fails another's append, also when both touch one stream.
 * Ordered: positions start at 1, rise by one without gaps, and a reader that has seen position p never later sees an
 * event at or below p that it has not seen.
 * After an error: a thrown {@link StoreUnavailable} means that nothing of the append is committed or ever will be;
 * an unknown outcome (connection lost inside COMMIT) is resolved by event id before the caller hears of it, and
 * where it cannot be resolved the error says `outcome: 'unknown'`. Repeating an append with the same event ids is safe.
 * Anything else thrown is a defect of the caller (a malformed request, event ids of which only some are stored, a
 * stream beyond LIMITS.eventsPerStream) or of an inline view: nothing of that append is written, others are untouched.
 */
export interface EventAppender {
  append(request: AppendRequest): Promise<AppendResult>;
}

export interface EventReader {
  /** The events of one stream, oldest first; at most LIMITS.eventsPerStream exist. An unknown stream is empty. */
  readStream(stream: string): Promise<readonly StoredEvent[]>;
  /** Up to `limit` events (never more than LIMITS.eventsPerPage) with position > `after`, in order; of one organisation where given. */
  readAll(query: ReadAll): Promise<readonly StoredEvent[]>;
  /**
   * Every event with position > `after`, at least once and in order, in batches, for ever: first the past, then what
   * is committed from now on (within milliseconds). Ends when `signal` aborts. Outages are waited out.
   */
  subscribe(subscription: { readonly after: number; readonly signal: AbortSignal }): AsyncIterable<readonly StoredEvent[]>;
  /** The position of the newest event; 0 while there is none. */
  head(): Promise<number>;
  /** The values of counters; one never bumped is 0. */
  counters(names: readonly string[]): Promise<ReadonlyMap<string, number>>;
}

export type EventStore = EventReader & EventAppender;

export type NewEvent = {
  /** UUIDv7 in lower case, unique for ever. */
  readonly id: string;
  /** Stored type, such as `content.FileSaved` or `deponent.call.answered.v1`. */
  readonly type: string;
  /** Schema version of the body: 1, 2, … */
  readonly version: number;
  /** Stored and handed back byte for byte: the ledger hashes these bytes. */
  readonly body: Uint8Array;
};

export type StreamAppend = {
  /** `<domain>.<noun>-<id>`. */
  readonly stream: string;
  /** How many events the stream must hold now (0: it must not exist), or `any`. With no events: only that is checked. */
  readonly expected: number | 'any';
  readonly events: readonly NewEvent[];
};

/** What is secret or erasable, referred to by id from events. The store sees ciphertext only. */
export type VaultRow = { readonly kind: VaultKind; readonly id: string; readonly ciphertext: Uint8Array };

/** `disclosure`: a call record's disclosures. `name`: names and tags of content. `person`: e-mail and names. `secret`: hashes and keys. */
export type VaultKind = 'disclosure' | 'name' | 'person' | 'secret';

/** Names and ids of every kind are printable ASCII of at most LIMITS.storedNameCharacters. */
export type AppendRequest = {
  readonly organization: string;
  /** Each stream at most once. */
  readonly streams: readonly StreamAppend[];
  /** Counters that must still have the value on which the decision was made. */
  readonly assert?: Readonly<Record<string, number>>;
  /** Counters to raise by one in the same commit. Like `vault` only beside at least one event: by its id the append is found again. */
  readonly bump?: readonly string[];
  /** Rows written in the same commit; a row of the organisation with this kind and id is replaced. */
  readonly vault?: readonly VaultRow[];
};

export type AppendResult =
  /** Committed now, or (`repeated`) found committed earlier under the same event ids. `position`: of its last event; without events, of the newest event there is. */
  | { readonly outcome: 'appended'; readonly position: number; readonly repeated: boolean }
  /** A stream did not hold the expected number of events. Nothing was written. */
  | { readonly outcome: 'conflict'; readonly stream: string; readonly actual: number }
  /** A counter had moved on. Nothing was written. */
  | { readonly outcome: 'stale'; readonly counter: string; readonly actual: number };

export type StoredEvent = {
  /** Of all events, from 1. */
  readonly position: number;
  readonly organization: string;
  readonly stream: string;
  /** Within its stream, from 1. */
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly body: Buffer;
  /** Unix milliseconds of the commit. */
  readonly recordedAt: number;
};

export type ReadAll = { readonly after: number; readonly limit: number; readonly organization?: string };

/** The store cannot take or give events now. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  /** `none`: certainly nothing was written. `unknown`: ask again by event id. */
  readonly outcome: 'none' | 'unknown';

  constructor(message: string, outcome: 'none' | 'unknown', options?: ErrorOptions) {
    super(message, options);
    this.outcome = outcome;
  }
}
