import { timestamp } from '#kernel';
import { type CallRecordEvent, type Disclosed, eventHash, isControl } from '#ledger';
import type { StoredRecord } from './stored-record.ts';

/** What the record itself does not say. */
export type Surroundings = {
  readonly origin: string;
  /** The pack of a tool that is or was in the catalogue. */
  readonly packOf: (tool: string) => string | null;
  /** The site of a content item, where it is known. */
  readonly siteOf: (contentId: string) => string | null;
};

export type RecordItem = ReturnType<typeof recordItem>;
export type EvidenceItem = ReturnType<typeof evidenceItem>;

/** A record as CONTRACT's lists show it (GET /audit). Pure. What was erased or never known is null. */
export function recordItem({ event, eventText, disclosed, seal }: StoredRecord, { origin, packOf }: Surroundings) {
  const { data, authid, authtype } = event;
  const call = isControl(event) ? null : event.data;
  const people = disclosed?.people;
  return {
    recordId: event.id,
    time: event.time,
    recordedAt: event.recordedtime,
    class: data.class,
    kind: data.kind,
    outcome: call?.outcome ?? ('answered' as const),
    code: call?.code ?? null,
    tool: { name: call?.tool.name ?? null, pack: packOf(call?.tool.name ?? ''), definition: call?.tool.definition ?? null },
    actor: data.actor === null ? null : { id: data.actor, email: people?.email ?? null },
    client: call === null || call.client === null ? null : { id: call.client, name: people?.client ?? null },
    credential: authid === null ? null : { id: authid, type: credentialType(authtype, call?.client ?? null) },
    correlationId: event.correlationid,
    externalId: disclosed?.external ?? null,
    correlationSource: call?.correlation ?? null,
    policy: call?.policy ?? null,
    argumentsSha256: disclosed?.io?.argumentsSha256 ?? null,
    resultSha256: disclosed?.io?.resultSha256 ?? null,
    eventHash: eventHash(eventText),
    log: seal && { origin, index: seal.index, groupSeq: seal.groupSeq, sealedAt: timestamp(seal.sealedAt) },
    erased: disclosed === null,
    /** What a control record is about; null for calls. */
    about: isControl(event) ? event.data.about : null,
  };
}

/** The same with what was delivered (GET /evidence, one record, the records of a group). Pure. */
export function evidenceItem(record: StoredRecord, surroundings: Surroundings) {
  const { event, disclosed } = record;
  return {
    ...recordItem(record, surroundings),
    content: isControl(event) ? [] : content(event, disclosed, surroundings),
    summary: null,
    answer: isControl(event) || event.data.kind !== 'cited_answer' ? null : answer(event, disclosed),
  };
}

function content({ data }: CallRecordEvent, disclosed: Disclosed | null, { siteOf }: Surroundings) {
  return data.content.map(({ contentId, version, range, length, truncated }, item) => {
    const path = disclosed?.names?.[item] ?? null;
    const digests = disclosed?.content.get(item);
    return {
      contentId,
      siteId: siteOf(contentId),
      name: path === null ? null : nameIn(path),
      path,
      version,
      range,
      length,
      truncated,
      textSha256: digests?.textSha256 ?? null,
      renditionSha256: digests?.renditionSha256 ?? null,
      sourceSha256: digests?.sourceSha256 ?? null,
    };
  });
}

function answer({ data }: CallRecordEvent, disclosed: Disclosed | null) {
  return {
    question: disclosed?.question ?? null,
    answer: disclosed?.answer?.text ?? null,
    citations: data.citations,
    grounding: disclosed?.answer?.grounding ?? null,
    webSearch: disclosed?.answer?.webSearch ?? null,
    model: data.model,
  };
}

function nameIn(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).trim();
}

/** `app_user` is OAuth's, but for the pages of our own that a signed-in person looks at. */
function credentialType(authtype: CallRecordEvent['authtype'], client: string | null) {
  if (authtype === 'api_key') return 'access_key';
  if (authtype === 'app_user') return client === WEB_CLIENT ? 'console' : 'oauth';
  return 'operator';
}

const WEB_CLIENT = 'cli_web';
