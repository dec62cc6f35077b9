import { randomBytes } from 'node:crypto';
import type { AppendRequest, NewEvent } from '#event-store';
import type { LogIdentities, LogIdentity } from '#evidence';
import { type RandomBytes, sha256Hex, sha256Uri, timestamp, uuidv7 } from '#kernel';
import {
  type CallRecordEvent,
  type ContentItem,
  type Disclosure,
  disclose,
  type EvidenceKind,
  eventSource,
  groupId,
  groupOfOne,
  noteSigner,
  sealDisclosures,
  writeEvent,
} from '#ledger';

/** Records such as the call pipeline writes them, for tests and benchmarks of what comes after it. */

export const random: RandomBytes = (length) => randomBytes(length);
export const CORRELATION_KEY = Buffer.alloc(32, 7);

/** The log of an organisation that exists only here: its keys follow from its name. */
export function logIdentity(organization: string): LogIdentity {
  const origin = `deponent/test/${organization.replaceAll('_', '-')}`;
  const seed = (purpose: number) => Buffer.from(sha256Hex(`${organization} ${purpose}`), 'hex');
  return {
    organization,
    origin,
    logSigner: noteSigner(origin, seed(1)),
    exportSigner: noteSigner(`${origin}/export`, seed(2)),
    vaultKey: seed(3),
  };
}

export function logIdentities(...organizations: readonly string[]): LogIdentities {
  return { of: async (organization) => logIdentity(organization), all: async () => organizations };
}

export type CallSketch = {
  readonly organization: string;
  /** Unix milliseconds. */
  readonly at?: number;
  readonly actor?: string;
  readonly email?: string;
  readonly client?: string | null;
  readonly clientName?: string | null;
  /** Null: a group of one. */
  readonly externalId?: string | null;
  readonly tool?: string | null;
  readonly kind?: EvidenceKind | null;
  readonly outcome?: 'answered' | 'refused' | 'failed';
  readonly contentIds?: readonly string[];
};

export type RecordedCall = { readonly event: CallRecordEvent; readonly request: AppendRequest };

/** One call's record and the append that would commit it. */
export function callRecord(sketch: CallSketch): RecordedCall {
  const { organization, at = Date.parse('2026-11-20T10:00:00Z'), actor = 'usr_ada', client = 'cli_code', externalId = null } = sketch;
  const { kind = 'line_range', outcome = 'answered', contentIds = kind === null ? [] : ['con_policy'] } = sketch;
  const id = uuidv7(at, random);
  const identity = logIdentity(organization);
  const disclosures = disclosuresOf(sketch, contentIds);
  const event: CallRecordEvent = {
    authid: 'key_first',
    authtype: 'api_key',
    correlationid: externalId === null ? groupOfOne(id) : groupId(CORRELATION_KEY, actor, externalId),
    data: {
      actor,
      citations: [],
      class: kind === null ? 'audit' : 'governed',
      client,
      code: outcome === 'answered' ? null : outcome === 'refused' ? 'permission_denied' : 'internal',
      content: contentIds.map(contentItem),
      correlation: externalId === null ? 'none' : 'argument',
      digests: Object.fromEntries(disclosures.map(([name, { digest }]) => [name, digest])),
      kind,
      model: null,
      outcome,
      policy: { hash: sha256Uri('policy'), version: 1 },
      tool: {
        definition: sketch.tool === null ? null : sha256Uri('tool'),
        name: sketch.tool === undefined ? 'content_retrieve_file_content' : sketch.tool,
        protocol: '2026-07-28',
      },
    },
    id,
    recordedtime: timestamp(at + 20),
    source: eventSource(identity.origin),
    specversion: '1.0',
    time: timestamp(at),
    traceparent: null,
    type: `deponent.call.${outcome}.v1`,
  };
  const texts = disclosures.map(([, { text }]) => text);
  return { event, request: recordRequest(organization, event, sealDisclosures(identity.vaultKey, id, texts, random)) };
}

function recordRequest(organization: string, event: CallRecordEvent, ciphertext: Buffer): AppendRequest {
  const stored: NewEvent = { id: event.id, type: event.type, version: 1, body: Buffer.from(writeEvent(event)) };
  return {
    organization,
    streams: [{ stream: `calls.call-${event.id}`, expected: 0, events: [stored] }],
    vault: [{ kind: 'disclosure', id: event.id, ciphertext }],
  };
}

function contentItem(contentId: string): ContentItem {
  return {
    contentId,
    length: { bytes: 5312, codePoints: 5210, lines: 61 },
    range: { end: 180, start: 120, total: 990, unit: 'line' },
    truncated: false,
    version: 17,
  };
}

function disclosuresOf(sketch: CallSketch, contentIds: readonly string[]): [string, Disclosure][] {
  const { email = 'ada@example.org', clientName = 'Code Editor', externalId = null } = sketch;
  const hash = sha256Hex('some text');
  const salt = () => random(16);
  return [
    ...contentIds.map((_, at): [string, Disclosure] => [
      `content.${at}`,
      disclose(`content.${at}`, { renditionSha256: hash, sourceSha256: hash, textSha256: hash }, salt()),
    ]),
    ...(externalId === null ? [] : [['external', disclose('external', externalId, salt())] satisfies [string, Disclosure]]),
    ['io', disclose('io', { argumentsSha256: hash, requestedTool: null, resultSha256: hash }, salt())],
    [
      'names',
      disclose(
        'names',
        contentIds.map((contentId) => `HR/${contentId}.md`),
        salt(),
      ),
    ],
    ['people', disclose('people', { client: clientName, email }, salt())],
  ];
}
