import { ORIGIN_PATTERN } from './checkpoint.ts';
import { parseVkey, type VerifierKey } from './note.ts';
import { anyText, exactly, integer, listOf, nullable, oneOf, reject, text } from './reading.ts';
import { Rejected } from './rejected.ts';

/** A pinned key. `until`: the largest tree size a retired key may vouch for. */
export type PinnedKey = { readonly key: VerifierKey; readonly until: number | null };

/** trust.json, read: whom the recipient trusts for what. It comes from outside the bundle. */
export type Trust = {
  readonly origin: string;
  readonly log: readonly PinnedKey[];
  readonly export: readonly PinnedKey[];
  readonly witnesses: readonly VerifierKey[];
  /** How many different witnesses must have cosigned. */
  readonly quorum: number;
  /** PEM certificates of time-stamping authorities; with any, a timestamp is compulsory. */
  readonly tsa: readonly string[];
};

const PINNED = listOf(exactly({ until: nullable(integer), vkey: anyText }));
const TRUST = exactly({
  export: PINNED,
  log: PINNED,
  quorum: integer,
  tsa: listOf(text(/^-----BEGIN CERTIFICATE-----\r?\n/, 'a PEM certificate')),
  v: oneOf(1),
  witnesses: listOf(anyText),
});

/** Throws {@link Rejected} for unknown members, keys that are none, more than one origin, or a quorum beyond the witnesses. */
export function parseTrust(value: unknown): Trust {
  const trust = TRUST(value, 'trust');
  const log = trust.log.map(({ vkey, until }) => ({ key: keyOf(vkey, 'ed25519'), until }));
  const origin = log[0]?.key.name ?? reject('trust', 'pins no log key');
  if (!ORIGIN_PATTERN.test(origin)) reject('trust', 'names a log that is no origin');
  if (log.some(({ key }) => key.name !== origin)) reject('trust', 'pins log keys of several origins');
  const exportKeys = trust.export.map(({ vkey, until }) => ({ key: keyOf(vkey, 'ed25519'), until }));
  if (exportKeys.some(({ key }) => key.name !== `${origin}/export`)) reject('trust', 'pins an export key of another origin');
  const witnesses = trust.witnesses.map((vkey) => keyOf(vkey, 'cosignature/v1'));
  if (new Set(witnesses.map(({ publicKey }) => publicKey.toString('hex'))).size !== witnesses.length) reject('trust', 'names a witness twice');
  if (trust.quorum > new Set(witnesses.map(({ name }) => name)).size) reject('trust', 'asks for more witnesses than it names');
  return { origin, log, export: exportKeys, witnesses, quorum: trust.quorum, tsa: trust.tsa };
}

/** The pinned keys that may vouch for a tree of this size. */
export function keysFor(pinned: readonly PinnedKey[], size: number): VerifierKey[] {
  return pinned.filter(({ until }) => until === null || size <= until).map(({ key }) => key);
}

function keyOf(vkey: string, algorithm: VerifierKey['algorithm']): VerifierKey {
  const key = parseVkey(vkey);
  if (key.algorithm !== algorithm) throw new Rejected(`trust holds a key of another type than ${algorithm}`);
  return key;
}
