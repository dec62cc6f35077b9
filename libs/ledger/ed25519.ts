import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';

/** Ed25519 (RFC 8032) by raw keys: the only asymmetric cryptography of the ledger, and the only place it is called. */

const PUBLIC_KEY_BYTES = 32;
const SEED_BYTES = 32;
// RFC 8410: the fixed DER in front of a raw seed (PKCS #8) and of a raw public key (SPKI).
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

export type Ed25519Signer = { readonly publicKey: Buffer; readonly sign: (message: Uint8Array) => Buffer };

export function ed25519Signer(seed: Uint8Array): Ed25519Signer {
  if (seed.length !== SEED_BYTES) throw new RangeError('an Ed25519 seed has 32 bytes');
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length);
  return { publicKey, sign: (message) => sign(null, message, key) };
}

/** Total. Signatures are malleable neither in S nor in encoding (ed25519.test.ts says exactly what is accepted). */
export function ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== PUBLIC_KEY_BYTES || signature.length !== 64) return false;
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' });
  return verify(null, message, key, signature);
}
