import { base64, canonical, fromBase64 } from '#kernel';
import { ed25519Verify } from './ed25519.ts';
import type { NoteSigner, VerifierKey } from './note.ts';
import { anyText, exactly, listOf, readCanonical } from './reading.ts';
import { Rejected } from './rejected.ts';

/** DSSE v1.0.2: what a signature covers, so that a payload cannot be taken for one of another type. */
export function pae(payloadType: string, payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `), payload]);
}

/** How an envelope names a key: the vkey without its key material. */
export function keyIdOf({ name, keyId }: VerifierKey): string {
  return `${name}+${keyId}`;
}

/** A canonical envelope with one signature. */
export function signEnvelope(payloadType: string, payload: Uint8Array, signer: NoteSigner): string {
  const sig = base64(signer.sign(pae(payloadType, payload)));
  return canonical({ payload: base64(payload), payloadType, signatures: [{ keyid: keyIdOf(signer.key), sig }] });
}

export type Envelope = { readonly payloadType: string; readonly payload: Buffer; readonly keyId: string; readonly signature: Buffer };

const ENVELOPE = exactly({ payload: anyText, payloadType: anyText, signatures: listOf(exactly({ keyid: anyText, sig: anyText })) });

/** Reads without verifying: for saying what is wrong with a payload nobody vouches for. */
export function parseEnvelope(text: string): Envelope {
  const { payload, payloadType, signatures } = ENVELOPE(readCanonical(text), 'envelope');
  const [signature, second] = signatures;
  const [payloadBytes, signatureBytes] = [fromBase64(payload), fromBase64(signature?.sig ?? '')];
  if (signature === undefined || second !== undefined) throw new Rejected('an envelope has exactly one signature');
  if (payloadBytes === null || signatureBytes === null) throw new Rejected('an envelope holds base64 with padding');
  return { payloadType, payload: payloadBytes, keyId: signature.keyid, signature: signatureBytes };
}

/** The key of `keys` that signed; null where none of them did. */
export function verifyEnvelope({ payloadType, payload, keyId, signature }: Envelope, keys: readonly VerifierKey[]): VerifierKey | null {
  const key = keys.find((known) => known.algorithm === 'ed25519' && keyIdOf(known) === keyId);
  return key !== undefined && ed25519Verify(key.publicKey, pae(payloadType, payload), signature) ? key : null;
}
