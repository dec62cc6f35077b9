import type { AppendRequest } from '#event-store';
import { type Clock, type RandomBytes, timestamp, uuidv7 } from '#kernel';
import {
  CONTROL_GROUP,
  type ControlAbout,
  type ControlData,
  type ControlKind,
  type Disclosure,
  disclose,
  eventSource,
  sealDisclosures,
  writeEvent,
} from '#ledger';
import type { LogIdentity } from './log-identity.ts';

/** Who did something that a control record is to say, as the credential established it. */
export type Requester = {
  readonly actor: string | null;
  readonly email: string | null;
  readonly client: string | null;
  readonly authid: string | null;
  /** Null, with `actor` and `authid`, where nobody was authenticated. */
  readonly authtype: 'api_key' | 'app_user' | 'system' | null;
  /** Counters on whose values it was decided that they may. */
  readonly assert: Readonly<Record<string, number>>;
};

export type ControlRecord = { readonly recordId: string; readonly request: AppendRequest };

const SALT_BYTES = 16;

/** The record of an act of administration (EVIDENCE, Control records), in the control group, and the append that commits it. */
export function controlRecord<Kind extends ControlKind>(
  identity: LogIdentity,
  requester: Requester,
  act: { readonly kind: Kind; readonly about: ControlAbout[Kind]; readonly reason: string | null },
  means: { readonly clock: Clock; readonly random: RandomBytes },
): ControlRecord {
  const now = means.clock();
  const id = uuidv7(now, means.random);
  const salt = () => means.random(SALT_BYTES);
  const disclosures: [string, Disclosure][] = [['people', disclose('people', { client: requester.client, email: requester.email }, salt())]];
  if (act.reason !== null) disclosures.push(['reason', disclose('reason', act.reason, salt())]);
  const digests = Object.fromEntries(disclosures.map(([name, { digest }]) => [name, digest]));
  const type = `deponent.${act.kind}.v1`;
  const eventText = writeEvent({
    authid: requester.authid,
    authtype: requester.authtype,
    correlationid: CONTROL_GROUP,
    // Sound: `kind` and `about` are of one Kind, which a type parameter cannot tell the union.
    data: { about: act.about, actor: requester.actor, class: 'control', digests, kind: act.kind } as ControlData,
    id,
    recordedtime: timestamp(now),
    source: eventSource(identity.origin),
    specversion: '1.0',
    time: timestamp(now),
    traceparent: null,
    type,
  });
  const texts = disclosures.map(([, { text }]) => text);
  return {
    recordId: id,
    request: {
      organization: identity.organization,
      streams: [{ stream: `evidence.control-${id}`, expected: 0, events: [{ id, type, version: 1, body: Buffer.from(eventText) }] }],
      assert: requester.assert,
      vault: [{ kind: 'disclosure', id, ciphertext: sealDisclosures(identity.vaultKey, id, texts, means.random) }],
    },
  };
}
