import type { NewEvent, VaultRow } from '#event-store';
import type { Principal } from '#identity';
import { type Clock, jcs, type RandomBytes, sha256Hex, sha256Uri, timestamp } from '#kernel';
import { type CallRecordEvent, type DisclosureName, type DisclosureValue, disclose, eventSource, fitsLeaf, sealDisclosures, writeEvent } from '#ledger';
import type { CatalogueEntry } from '#tools';
import type { Call, CallReference } from './call.ts';
import type { Correlation } from './correlation.ts';
import type { Verdict } from './verdict.ts';

export type CallRecord = { readonly event: NewEvent; readonly disclosures: VaultRow; readonly reference: CallReference };

/** What a record says of the call itself, whatever came of it. */
export type RecordedCall = {
  readonly call: Call;
  readonly principal: Principal;
  /** Null where no tool of that name may be seen. */
  readonly entry: CatalogueEntry | null;
  readonly correlation: Correlation;
  /** As validated; as received where they were not. */
  readonly arguments: Readonly<Record<string, unknown>>;
};

const SALT_BYTES = 16;

/**
 * The one record of a call (EVIDENCE, Leaf): an event of opaque ids, ranges, lengths and digests, and beside it the
 * encrypted disclosures that carry the rest. `structuredContent` is what will be released, without `evidence`.
 */
export function writeRecord(
  recorded: RecordedCall,
  verdict: Verdict,
  structuredContent: Readonly<Record<string, unknown>>,
  means: { clock: Clock; random: RandomBytes },
): CallRecord {
  const { call, principal, entry, correlation } = recorded;
  const disclosures = disclosuresOf(recorded, verdict, structuredContent, means.random);
  const testimony = verdict.outcome === 'answered' ? verdict.testimony : null;
  const event: CallRecordEvent = {
    specversion: '1.0',
    id: call.recordId,
    source: eventSource(principal.origin),
    type: `deponent.call.${verdict.outcome}.v1`,
    time: timestamp(call.receivedAt),
    recordedtime: timestamp(means.clock()),
    correlationid: correlation.group,
    traceparent: call.traceparent,
    authtype: principal.caller.credential.type === 'access_key' ? 'api_key' : 'app_user',
    authid: principal.caller.credential.id,
    data: {
      class: testimony === null ? 'audit' : 'governed',
      kind: testimony?.kind ?? null,
      outcome: verdict.outcome,
      code: verdict.outcome === 'answered' ? null : verdict.refusal.code,
      correlation: correlation.source,
      tool: { name: entry?.name ?? null, definition: entry?.definition ?? null, protocol: call.protocol },
      actor: principal.caller.user,
      client: principal.caller.client,
      policy: { version: principal.policy.version, hash: principal.policy.hash },
      content: (testimony?.deliveries ?? []).map(({ contentId, version, range, length, truncated }) => ({ contentId, version, range, length, truncated })),
      citations: [],
      model: null,
      digests: Object.fromEntries(disclosures.map(({ name, digest }) => [name, digest])),
    },
  };
  const text = writeEvent(event);
  if (!fitsLeaf(text)) throw new RangeError('the record of this call is larger than a leaf may be');
  const texts = disclosures.map((disclosure) => disclosure.text);
  return {
    event: { id: call.recordId, type: event.type, version: 1, body: Buffer.from(text, 'utf8') },
    disclosures: { kind: 'disclosure', id: call.recordId, ciphertext: sealDisclosures(principal.keys.vault, call.recordId, texts, means.random) },
    reference: { recordId: call.recordId, correlationId: correlation.group, eventHash: sha256Uri(text) },
  };
}

type NamedDisclosure = { readonly name: string; readonly text: string; readonly digest: string };

/** In order of name, as bundles list them. */
function disclosuresOf(recorded: RecordedCall, verdict: Verdict, structuredContent: Readonly<Record<string, unknown>>, random: RandomBytes): NamedDisclosure[] {
  const { call, principal, correlation } = recorded;
  const salted = <Name extends DisclosureName>(name: Name, value: DisclosureValue<Name>): NamedDisclosure => ({
    name,
    ...disclose(name, value, random(SALT_BYTES)),
  });
  const deliveries = verdict.outcome === 'answered' ? (verdict.testimony?.deliveries ?? []) : [];
  const { correlationId: _group, idempotencyKey: _key, confirmationToken: _token, confirm: _confirm, ...digested } = recorded.arguments;
  return [
    ...deliveries.map(({ digests }, index) => salted(`content.${index}`, digests)),
    ...(correlation.externalId === null ? [] : [salted('external', correlation.externalId)]),
    salted('io', { argumentsSha256: sha256Hex(jcs(digested)), requestedTool: call.toolName, resultSha256: sha256Hex(jcs(structuredContent)) }),
    ...(deliveries.length === 0
      ? []
      : [
          salted(
            'names',
            deliveries.map(({ path }) => path),
          ),
        ]),
    salted('people', { client: call.clientName, email: principal.email }),
  ];
}
