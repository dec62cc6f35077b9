import { canonical, REFUSAL_CODES, sha256Uri } from '#kernel';
import { DIGEST, GROUP_ID, HASH_URI, OPAQUE_ID, RECORD_ID, TIME, WORD } from './forms.ts';
import { CONTROL_GROUP, groupOfOne, isGroupOfOne } from './groups.ts';
import { type CallData, type ControlAbout, type ControlData, type ControlKind, EVIDENCE_KINDS, OUTCOMES, type RecordEvent, type Seal } from './leaf.ts';
import {
  anyText,
  atLeast,
  exactly,
  flag,
  hash,
  integer,
  listOf,
  mapOf,
  nullable,
  oneOf,
  readCanonical,
  readUtf8,
  reject,
  type Shape,
  text,
} from './reading.ts';

/** `eventText`: the canonical text that `eventHash` is over. */
export type ReadLeaf = { readonly event: RecordEvent; readonly eventText: string; readonly seal: Seal };

/**
 * Reads the leaf of a call or control record. Throws {@link Rejected} for bytes that are not canonical, for members
 * missing or of a wrong form, and for unknown members of leaf and seal. An event may hold more than is known here,
 * so that records of a later version stay readable.
 */
export function parseLeaf(leaf: Uint8Array): ReadLeaf {
  const leafText = readUtf8(leaf);
  const { event, seal } = LEAF(readCanonical(leafText), 'leaf');
  const eventText = leafText.slice('{"event":'.length, -`,"seal":${canonical(seal)}}`.length);
  return { event, eventText, seal };
}

/** Reads the event of a record from its canonical text. Throws {@link Rejected} as {@link parseLeaf} does. */
export function parseEvent(eventText: string): RecordEvent {
  return EVENT(readCanonical(eventText), 'event');
}

/** The hash the caller got with the answer. */
export function eventHash(eventText: string): string {
  return sha256Uri(eventText);
}

const DIGESTS = mapOf(DIGEST);

const RANGE: Shape<NonNullable<CallData['content'][number]['range']>> = (value, at) => {
  const range = atLeast({ end: integer, start: integer, total: integer, unit: oneOf('line', 'byte') })(value, at);
  return range.end + 1 >= range.start ? range : reject(at, 'ends before it starts');
};

const CALL_DATA = atLeast({
  actor: nullable(OPAQUE_ID),
  citations: listOf(
    atLeast({ contentId: OPAQUE_ID, item: integer, lineEnd: integer, lineStart: integer, marker: integer, recordId: RECORD_ID, version: integer }),
  ),
  class: oneOf('governed', 'audit'),
  client: nullable(OPAQUE_ID),
  code: nullable(oneOf(...REFUSAL_CODES)),
  content: listOf(
    atLeast({
      contentId: OPAQUE_ID,
      length: atLeast({ bytes: integer, codePoints: integer, lines: integer }),
      range: nullable(RANGE),
      truncated: flag,
      version: integer,
    }),
  ),
  correlation: oneOf('argument', 'meta', 'session', 'none'),
  digests: DIGESTS,
  kind: nullable(oneOf(...EVIDENCE_KINDS)),
  model: nullable(
    atLeast({
      name: anyText,
      provider: anyText,
      responseId: nullable(anyText),
      tokensIn: nullable(integer),
      tokensOut: nullable(integer),
      version: nullable(anyText),
    }),
  ),
  outcome: oneOf(...OUTCOMES),
  policy: nullable(atLeast({ hash: HASH_URI, version: integer })),
  tool: atLeast({
    definition: nullable(HASH_URI),
    name: nullable(text(/^[a-z][a-z0-9_]{0,39}$/, 'a tool name')),
    protocol: nullable(text(/^\d{4}-\d\d-\d\d$/, 'a protocol revision')),
  }),
});

const ABOUT: { readonly [K in ControlKind]: Shape<ControlAbout[K]> } = {
  'record.erased': exactly({ basis: WORD, leafHash: base64Hash(), recordId: RECORD_ID }),
  'export.created': exactly({ exportId: OPAQUE_ID, profile: oneOf('full', 'redacted', 'hashes'), scope: HASH_URI }),
  'export.downloaded': exactly({ bundle: HASH_URI, exportId: OPAQUE_ID }),
  'hold.placed': exactly({ holdId: OPAQUE_ID }),
  'hold.released': exactly({ holdId: OPAQUE_ID }),
  'key.rotated': exactly({ new: anyText, old: anyText }),
  'policy.changed': exactly({ hash: HASH_URI, version: integer }),
  'tool.defined': exactly({ definition: HASH_URI, name: OPAQUE_ID }),
  'access.denied': exactly({ count: integer, from: TIME, to: TIME }),
};

function controlShape<K extends ControlKind>(kind: K) {
  return atLeast({ about: ABOUT[kind], actor: nullable(OPAQUE_ID), class: oneOf('control'), digests: DIGESTS, kind: oneOf(kind) });
}

// One shape a kind, spelt out: a generic loop would lose which `about` belongs to which kind.
const CONTROL_DATA: { readonly [K in ControlKind]: Shape<ControlData> } = {
  'record.erased': controlShape('record.erased'),
  'export.created': controlShape('export.created'),
  'export.downloaded': controlShape('export.downloaded'),
  'hold.placed': controlShape('hold.placed'),
  'hold.released': controlShape('hold.released'),
  'key.rotated': controlShape('key.rotated'),
  'policy.changed': controlShape('policy.changed'),
  'tool.defined': controlShape('tool.defined'),
  'access.denied': controlShape('access.denied'),
};

const ATTRIBUTES = {
  authid: nullable(OPAQUE_ID),
  authtype: nullable(oneOf('api_key', 'app_user', 'system')),
  correlationid: GROUP_ID,
  id: RECORD_ID,
  recordedtime: TIME,
  source: text(/^urn:deponent:[a-z0-9./-]{1,200}$/, 'a source'),
  specversion: oneOf('1.0'),
  time: TIME,
  traceparent: nullable(text(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/, 'a traceparent')),
  type: anyText,
} as const;
const CALL_EVENT = atLeast({ ...ATTRIBUTES, data: CALL_DATA });
const CLASS = atLeast({ data: atLeast({ class: oneOf('governed', 'audit', 'control'), kind: nullable(anyText) }) });

const EVENT: Shape<RecordEvent> = (value, at) => {
  const { data } = CLASS(value, at);
  const event = data.class === 'control' ? controlEvent(data.kind, value, at) : CALL_EVENT(value, at);
  if (event.authtype === null && (event.authid !== null || event.data.actor !== null)) reject(at, 'names an actor that nobody authenticated');
  if (event.data.class !== 'control') checkCall(event.id, event.correlationid, event.type, event.data, at);
  return event;
};

function controlEvent(kind: string | null, value: unknown, at: string): RecordEvent {
  const known = CONTROL_KINDS.find((one) => one === kind) ?? reject(at, 'has an unknown control kind');
  const event = atLeast({ ...ATTRIBUTES, data: CONTROL_DATA[known] })(value, at);
  if (event.type !== `deponent.${known}.v1`) reject(at, 'has a type that is not its kind');
  // EVIDENCE, "Leaf": an erasure belongs to the group of what it erases; everything else can be exported complete.
  const mayBe = known === 'record.erased' ? !isGroupOfOne(event.correlationid) : event.correlationid === CONTROL_GROUP;
  if (!mayBe) reject(at, 'is a control record outside the control group');
  return event;
}

const CONTROL_KINDS: readonly ControlKind[] = [
  'record.erased',
  'export.created',
  'export.downloaded',
  'hold.placed',
  'hold.released',
  'key.rotated',
  'policy.changed',
  'tool.defined',
  'access.denied',
];

function checkCall(id: string, group: string, type: string, data: CallData, at: string): void {
  if (type !== `deponent.call.${data.outcome}.v1`) reject(at, 'has a type that is not its outcome');
  if ((data.outcome === 'answered') !== (data.code === null)) reject(at, 'has an error code exactly when not answered');
  if (data.kind !== null && (data.class !== 'governed' || data.outcome !== 'answered')) reject(at, 'has a kind although it is no evidence');
  // Groups of one are complete by construction, in no map: nothing but its own record may be in one.
  const fits = data.correlation === 'none' ? group === groupOfOne(id) : !isGroupOfOne(group) && group !== CONTROL_GROUP;
  if (!fits) reject(at, 'is in a group that does not fit its correlation');
}

function base64Hash(): Shape<string> {
  return (value, at) => hash(value, at).toString('base64');
}

const SEAL: Shape<Seal> = (value, at) => {
  const seal = exactly({ eventHash: HASH_URI, groupPrev: nullable(HASH_URI), groupSeq: integer, v: oneOf(1) })(value, at);
  if (seal.groupSeq < 1 || (seal.groupSeq === 1) !== (seal.groupPrev === null)) reject(at, 'has a predecessor exactly when it is not the first');
  return seal;
};

const LEAF = exactly({ event: EVENT, seal: SEAL });
