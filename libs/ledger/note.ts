import { base64, fromBase64, LIMITS, sha256 } from '#kernel';
import { ed25519Signer, ed25519Verify } from './ed25519.ts';
import { Rejected } from './rejected.ts';

/** C2SP signed-note, with the Ed25519 signature types 0x01 and 0x04 (tlog-cosignature, `cosignature/v1`). */

const ALGORITHMS = { ed25519: 0x01, 'cosignature/v1': 0x04 } as const;
export type NoteAlgorithm = keyof typeof ALGORITHMS;

/** A public key of a signed note, as a vkey states it. */
export type VerifierKey = {
  readonly name: string;
  /** Eight hex digits: the first four bytes of SHA-256(name ‖ LF ‖ type ‖ key). */
  readonly keyId: string;
  readonly algorithm: NoteAlgorithm;
  readonly publicKey: Buffer;
};

/** Signs the text of a note; what it returns follows the key id in the signature line. */
export type NoteSigner = { readonly key: VerifierKey; readonly sign: (message: Uint8Array) => Buffer };

/** `time`: Unix seconds that a cosigner signed with the text, else null. */
export type NoteSignature = { readonly key: VerifierKey; readonly time: number | null };

export type OpenedNote = { readonly text: string; readonly signatures: readonly NoteSignature[] };

const KEY_NAME = /^[^\s+\p{White_Space}]+$/u;
const SIGNATURE_LINE = /^— (\S+) (\S+)$/u;
const KEY_ID_BYTES = 4;
const TIME_BYTES = 8;

export function verifierKey(name: string, publicKey: Uint8Array, algorithm: NoteAlgorithm = 'ed25519'): VerifierKey {
  if (!KEY_NAME.test(name)) throw new Rejected('a key name is not empty and holds neither spaces nor +');
  const typed = Buffer.concat([Buffer.of(ALGORITHMS[algorithm]), publicKey]);
  const keyId = sha256(Buffer.concat([Buffer.from(`${name}\n`), typed])).toString('hex', 0, KEY_ID_BYTES);
  return { name, keyId, algorithm, publicKey: Buffer.from(publicKey) };
}

/** `<name>+<key id>+<base64 of type and key>`. */
export function formatVkey({ name, keyId, algorithm, publicKey }: VerifierKey): string {
  return `${name}+${keyId}+${base64(Buffer.concat([Buffer.of(ALGORITHMS[algorithm]), publicKey]))}`;
}

export function parseVkey(text: string): VerifierKey {
  const [name = '', keyId = '', ...encoded] = text.split('+');
  const typed = fromBase64(encoded.join('+'));
  const algorithm = typed?.[0] === ALGORITHMS.ed25519 ? 'ed25519' : typed?.[0] === ALGORITHMS['cosignature/v1'] ? 'cosignature/v1' : null;
  if (typed?.length !== 33 || algorithm === null) throw new Rejected('a vkey holds a key of type 0x01 or 0x04 in base64');
  const key = verifierKey(name, typed.subarray(1), algorithm);
  if (key.keyId !== keyId) throw new Rejected('the key id of a vkey does not fit its key');
  return key;
}

/** A signer of notes, checkpoints and manifests from a 32-byte seed. */
export function noteSigner(name: string, seed: Uint8Array): NoteSigner {
  const { publicKey, sign } = ed25519Signer(seed);
  return { key: verifierKey(name, publicKey), sign };
}

/** A witness: its signature states when it saw the checkpoint (Unix seconds). */
export function cosigner(name: string, seed: Uint8Array, unixSeconds: number): NoteSigner {
  const { publicKey, sign } = ed25519Signer(seed);
  const time = Buffer.alloc(TIME_BYTES);
  time.writeBigUInt64BE(BigInt(unixSeconds));
  return { key: verifierKey(name, publicKey, 'cosignature/v1'), sign: (message) => Buffer.concat([time, sign(cosignedMessage(unixSeconds, message))]) };
}

/** `text` ends with a newline. Signatures stand in the order of the signers. */
export function signNote(text: string, signers: readonly NoteSigner[]): string {
  return addSignatures(`${checkedText(text)}\n`, text, signers);
}

/** The note with further signature lines at its end: how a witness's cosignature is added. */
export function addSignatures(note: string, text: string, signers: readonly NoteSigner[]): string {
  const message = Buffer.from(text, 'utf8');
  const lines = signers.map(({ key, sign }) => `— ${key.name} ${base64(Buffer.concat([Buffer.from(key.keyId, 'hex'), sign(message)]))}\n`);
  return note + lines.join('');
}

/**
 * The text, and the signatures by `keys` that it bears. Signatures by other keys are ignored. Throws {@link Rejected}
 * when the note is malformed, when a signature by a known key does not verify, or when no known key signed.
 */
export function openNote(note: string, keys: readonly VerifierKey[]): OpenedNote {
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n') || split + 2 === note.length) throw new Rejected('a note is a text, a blank line and signature lines');
  const text = checkedText(note.slice(0, split + 1));
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > LIMITS.noteSignatures) throw new Rejected(`a note has at most ${LIMITS.noteSignatures} signatures`);
  const signatures = new Map<VerifierKey, NoteSignature>();
  for (const line of lines) {
    const { name, keyId, signature } = parseSignatureLine(line);
    const key = keys.find((known) => known.name === name && known.keyId === keyId);
    if (key !== undefined && !signatures.has(key)) signatures.set(key, verifySignature(key, text, signature));
  }
  if (signatures.size === 0) throw new Rejected('the note bears no signature by a known key');
  return { text, signatures: [...signatures.values()] };
}

function checkedText(text: string): string {
  if (!text.endsWith('\n') || !text.isWellFormed()) throw new Rejected('the text of a note is Unicode and ends with a newline');
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 && code !== 0x0a) throw new Rejected('a note holds no control characters but newlines');
  }
  return text;
}

function parseSignatureLine(line: string) {
  const [, name = '', encoded = ''] = SIGNATURE_LINE.exec(line) ?? [];
  const bytes = fromBase64(encoded);
  if (!KEY_NAME.test(name) || bytes === null || bytes.length <= KEY_ID_BYTES) throw new Rejected('a signature line of the note is malformed');
  return { name, keyId: bytes.toString('hex', 0, KEY_ID_BYTES), signature: bytes.subarray(KEY_ID_BYTES) };
}

function verifySignature(key: VerifierKey, text: string, signature: Buffer): NoteSignature {
  const message = Buffer.from(text, 'utf8');
  if (key.algorithm === 'ed25519') {
    if (!ed25519Verify(key.publicKey, message, signature)) throw new Rejected(`the signature by ${key.name} does not verify`);
    return { key, time: null };
  }
  const seconds = signature.length > TIME_BYTES ? Number(signature.readBigUInt64BE()) : Number.NaN;
  const verifies = Number.isSafeInteger(seconds) && ed25519Verify(key.publicKey, cosignedMessage(seconds, message), signature.subarray(TIME_BYTES));
  if (!verifies) throw new Rejected(`the cosignature by ${key.name} does not verify`);
  return { key, time: seconds };
}

function cosignedMessage(unixSeconds: number, text: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`cosignature/v1\ntime ${unixSeconds}\n`), text]);
}
