import { type CanonicalValue, canonical, sha256Hex, sha256Uri } from '#kernel';
import { parseEnvelope, signEnvelope, verifyEnvelope } from './dsse.ts';
import { GROUP_ID, OPAQUE_ID, TIME } from './forms.ts';
import type { NoteSigner, VerifierKey } from './note.ts';
import { anyText, exactly, hash, integer, listOf, nullable, oneOf, readCanonical, readUtf8, reject, type Shape, text } from './reading.ts';
import { Rejected } from './rejected.ts';
import type { ZipEntry } from './zip.ts';

export const PROFILES = ['full', 'redacted', 'hashes'] as const;
export type Profile = (typeof PROFILES)[number];

export type ExportScope =
  | { readonly groups: readonly string[]; readonly type: 'groups' }
  | { readonly first: number; readonly last: number; readonly type: 'range' }
  | { readonly query: string; readonly type: 'selection' };

export type Counts = { readonly audit: number; readonly erased: number; readonly evidence: number; readonly withheld: number };

export type Predicate = {
  readonly checkpoint: { readonly origin: string; readonly root: Buffer; readonly size: number };
  /** Lines of the two files, lines erased, lines that withhold anything. */
  readonly counts: Counts;
  readonly createdAt: string;
  readonly exportId: string;
  readonly profile: Profile;
  readonly reason: string;
  readonly requestedBy: string | null;
  readonly scope: ExportScope;
  readonly software: { readonly name: string; readonly version: string };
};

export type Manifest = { readonly predicate: Predicate; readonly subject: readonly { readonly name: string; readonly sha256: string }[] };

const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
const PREDICATE_TYPE = 'urn:deponent:export:v1';

/** `sha256:` of the canonical scope: what the `export.created` record holds. */
export function scopeHash(scope: ExportScope): string {
  return sha256Uri(canonical(scope));
}

/** The signed manifest over every other file of a bundle. */
export function writeManifest(predicate: Predicate, files: readonly ZipEntry[], signer: NoteSigner): string {
  const { checkpoint } = predicate;
  const subject = files.map(({ name, bytes }) => ({ digest: { sha256: sha256Hex(bytes) }, name })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const statement: CanonicalValue = {
    _type: STATEMENT_TYPE,
    predicate: { ...predicate, checkpoint: { ...checkpoint, root: checkpoint.root.toString('base64') } },
    predicateType: PREDICATE_TYPE,
    subject,
  };
  return signEnvelope(PAYLOAD_TYPE, Buffer.from(canonical(statement), 'utf8'), signer);
}

const SCOPE: Shape<ExportScope> = (value, at) => {
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : null;
  if (type === 'groups') return exactly({ groups: listOf(GROUP_ID), type: oneOf('groups') })(value, at);
  if (type === 'selection') return exactly({ query: anyText, type: oneOf('selection') })(value, at);
  const range = exactly({ first: integer, last: integer, type: oneOf('range') })(value, at);
  return range.first <= range.last ? range : reject(at, 'ends before it starts');
};

const STATEMENT = exactly({
  _type: oneOf(STATEMENT_TYPE),
  predicate: exactly({
    checkpoint: exactly({ origin: anyText, root: hash, size: integer }),
    counts: exactly({ audit: integer, erased: integer, evidence: integer, withheld: integer }),
    createdAt: TIME,
    exportId: OPAQUE_ID,
    profile: oneOf(...PROFILES),
    reason: anyText,
    requestedBy: nullable(OPAQUE_ID),
    scope: SCOPE,
    software: exactly({ name: anyText, version: anyText }),
  }),
  predicateType: oneOf(PREDICATE_TYPE),
  subject: listOf(exactly({ digest: exactly({ sha256: text(/^[0-9a-f]{64}$/, '64 hex digits') }), name: anyText })),
});

/** What a manifest says, and the key of `keys` that signed it: null where none did. Throws {@link Rejected} where it is none. */
export function readManifest(file: Uint8Array, keys: readonly VerifierKey[]): { readonly manifest: Manifest; readonly signedBy: VerifierKey | null } {
  const envelope = parseEnvelope(readUtf8(file));
  if (envelope.payloadType !== PAYLOAD_TYPE) throw new Rejected('the manifest is no in-toto statement');
  const { predicate, subject } = STATEMENT(readCanonical(readUtf8(envelope.payload)), 'statement');
  const manifest = { predicate, subject: subject.map(({ digest, name }) => ({ name, sha256: digest.sha256 })) };
  return { manifest, signedBy: verifyEnvelope(envelope, keys) };
}
