import { canonical, LIMITS, type RefusalCode } from '#kernel';

/** The eight kinds of evidence record (CONTRACT). */
export const EVIDENCE_KINDS = ['file_text', 'line_range', 'chunks', 'summary', 'diff', 'preview', 'cited_answer', 'result'] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

export const OUTCOMES = ['answered', 'refused', 'failed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** `textSha256` and the like live in disclosures; a leaf holds only which lines and how much. */
export type ContentItem = {
  readonly contentId: string;
  readonly length: { readonly bytes: number; readonly codePoints: number; readonly lines: number };
  /** Null where no verbatim lines were given. An empty delivery has `end = start - 1`. */
  readonly range: { readonly end: number; readonly start: number; readonly total: number; readonly unit: 'line' | 'byte' } | null;
  /** The last line was cut inside. */
  readonly truncated: boolean;
  readonly version: number;
};

export type Citation = {
  readonly contentId: string;
  /** Index into the `content` of record `recordId`. */
  readonly item: number;
  readonly lineEnd: number;
  readonly lineStart: number;
  readonly marker: number;
  readonly recordId: string;
  readonly version: number;
};

export type Model = {
  readonly name: string;
  readonly provider: string;
  readonly responseId: string | null;
  readonly tokensIn: number | null;
  readonly tokensOut: number | null;
  readonly version: string | null;
};

/** Disclosure digests by name: `content.0`, `external`, `io`… */
export type Digests = { readonly [name: string]: string };

export type CallData = {
  readonly actor: string | null;
  readonly citations: readonly Citation[];
  readonly class: 'governed' | 'audit';
  readonly client: string | null;
  readonly code: RefusalCode | null;
  readonly content: readonly ContentItem[];
  readonly correlation: 'argument' | 'meta' | 'session' | 'none';
  readonly digests: Digests;
  readonly kind: EvidenceKind | null;
  readonly model: Model | null;
  readonly outcome: Outcome;
  readonly policy: { readonly hash: string; readonly version: number } | null;
  readonly tool: { readonly definition: string | null; readonly name: string | null; readonly protocol: string | null };
};

/** What a control record is about, by kind. */
export type ControlAbout = {
  /** `leafHash`: base64 of the erased record's leaf hash. */
  'record.erased': { readonly basis: string; readonly leafHash: string; readonly recordId: string };
  /** `scope`: `sha256:` of the canonical scope. */
  'export.created': { readonly exportId: string; readonly profile: string; readonly scope: string };
  'export.downloaded': { readonly bundle: string; readonly exportId: string };
  'hold.placed': { readonly holdId: string };
  'hold.released': { readonly holdId: string };
  'key.rotated': { readonly new: string; readonly old: string };
  'policy.changed': { readonly hash: string; readonly version: number };
  'tool.defined': { readonly definition: string; readonly name: string };
  'access.denied': { readonly count: number; readonly from: string; readonly to: string };
};
export type ControlKind = keyof ControlAbout;

export type ControlData = {
  [K in ControlKind]: {
    readonly about: ControlAbout[K];
    readonly actor: string | null;
    readonly class: 'control';
    readonly digests: Digests;
    readonly kind: K;
  };
}[ControlKind];

/** CloudEvents 1.0 attributes, as EVIDENCE ("Leaf") fixes them. */
type EventOf<Data> = {
  readonly authid: string | null;
  readonly authtype: 'api_key' | 'app_user' | 'system' | null;
  /** The group's id. */
  readonly correlationid: string;
  readonly data: Data;
  /** The recordId: event id, call id and record id in one. */
  readonly id: string;
  readonly recordedtime: string;
  /** `urn:deponent:` and the log's origin. */
  readonly source: string;
  readonly specversion: '1.0';
  readonly time: string;
  readonly traceparent: string | null;
  readonly type: string;
};

export type CallRecordEvent = EventOf<CallData>;
export type ControlRecordEvent = EventOf<ControlData>;
export type RecordEvent = CallRecordEvent | ControlRecordEvent;

/** What the sealer adds. `groupPrev` is `sha256:` of the leaf hash of the group's previous record, null for the first. */
export type Seal = { readonly eventHash: string; readonly groupPrev: string | null; readonly groupSeq: number; readonly v: 1 };

/** `urn:deponent:` and the origin: the `source` of every event of a log. */
export function eventSource(origin: string): string {
  return `urn:deponent:${origin}`;
}

export function isControl(event: RecordEvent): event is ControlRecordEvent {
  return event.data.class === 'control';
}

// JSON.stringify writes members in the order they were made, so values built in canonical order need no sorting.
// The property test in leaf.test.ts holds what follows to `canonical`, byte for byte.

/** The canonical text of an event, fast. Throws NotCanonical where there is none. */
export function writeEvent(event: RecordEvent): string {
  const { authid, authtype, correlationid, id, recordedtime, source, specversion, time, traceparent, type } = event;
  const data = isControl(event) ? controlData(event.data) : callData(event.data);
  const text = JSON.stringify({ authid, authtype, correlationid, data, id, recordedtime, source, specversion, time, traceparent, type });
  // What JSON.stringify lets pass and canonical JSON does not: an escaped lone surrogate, a fraction, a negative number.
  return SUSPECT.test(text) ? canonical(JSON.parse(text)) : text;
}

const SUSPECT = /\\ud[89a-f]|":(?:-|\d+[.e])/;

function callData(data: CallData) {
  const { actor, code, client, correlation, kind, model, outcome, policy, tool } = data;
  return {
    actor,
    citations: data.citations.map(citation),
    class: data.class,
    client,
    code,
    content: data.content.map(contentItem),
    correlation,
    digests: sortedDigests(data.digests),
    kind,
    model: model && {
      name: model.name,
      provider: model.provider,
      responseId: model.responseId,
      tokensIn: model.tokensIn,
      tokensOut: model.tokensOut,
      version: model.version,
    },
    outcome,
    policy: policy && { hash: policy.hash, version: policy.version },
    tool: { definition: tool.definition, name: tool.name, protocol: tool.protocol },
  };
}

function controlData(data: ControlData) {
  const about = Object.fromEntries(Object.entries(data.about).sort(byName));
  return { about, actor: data.actor, class: data.class, digests: sortedDigests(data.digests), kind: data.kind };
}

function citation({ contentId, item, lineEnd, lineStart, marker, recordId, version }: Citation): Citation {
  return { contentId, item, lineEnd, lineStart, marker, recordId, version };
}

function contentItem({ contentId, length, range, truncated, version }: ContentItem): ContentItem {
  return {
    contentId,
    length: { bytes: length.bytes, codePoints: length.codePoints, lines: length.lines },
    range: range && { end: range.end, start: range.start, total: range.total, unit: range.unit },
    truncated,
    version,
  };
}

function sortedDigests(digests: Digests): Digests {
  return Object.fromEntries(Object.entries(digests).sort(byName));
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** What the longest seal adds to an event's bytes. */
const SEAL_BYTES = Buffer.byteLength(
  leafText('', { eventHash: `sha256:${'0'.repeat(64)}`, groupPrev: `sha256:${'0'.repeat(64)}`, groupSeq: Number.MAX_SAFE_INTEGER, v: 1 }),
);

/** Whether the event's leaf will keep within 60,000 bytes whatever its seal: to be asked before the call commits. */
export function fitsLeaf(eventText: string): boolean {
  return Buffer.byteLength(eventText) + SEAL_BYTES <= LIMITS.leafBytes;
}

/** The leaf: exactly the bytes that are hashed. `eventText` is taken as it is stored, never written anew. */
export function writeLeaf(eventText: string, seal: Seal): Buffer {
  const leaf = Buffer.from(leafText(eventText, seal), 'utf8');
  if (leaf.length > LIMITS.leafBytes) throw new RangeError(`a leaf of ${leaf.length} bytes is beyond the limit`);
  return leaf;
}

function leafText(eventText: string, { eventHash, groupPrev, groupSeq, v }: Seal): string {
  return `{"event":${eventText},"seal":${JSON.stringify({ eventHash, groupPrev, groupSeq, v })}}`;
}
