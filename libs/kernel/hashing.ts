import { createHmac, hash, hkdfSync } from 'node:crypto';

/** SHA-256, raw 32 bytes. Strings are hashed as UTF-8. */
export function sha256(data: string | Uint8Array): Buffer {
  return hash('sha256', data, 'buffer');
}

/** SHA-256 as 64 lower-case hex digits: the form of members named `…Sha256`. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

/** SHA-256 in base64url without padding: the form of disclosure digests (RFC 9901). */
export function sha256Base64url(data: string | Uint8Array): string {
  return hash('sha256', data, 'base64url');
}

/** `sha256:` and 64 lower-case hex digits: the form of hashes of things. */
export function sha256Uri(data: string | Uint8Array): string {
  return `sha256:${hash('sha256', data, 'hex')}`;
}

export function hmacSha256(key: Uint8Array, ...parts: (string | Uint8Array)[]): Buffer {
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

/** A 32-byte key for one purpose, from a secret (RFC 5869, HKDF-SHA-256). */
export function deriveKey(secret: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, new Uint8Array(), `deponent/v1/${purpose}`, 32));
}
