import { timingSafeEqual } from 'node:crypto';
import { base32, ID_PREFIXES, type RandomBytes, sha256 } from '#kernel';

export type AccessKeyType = 'mcp' | 'governance';

const PREFIXES: Readonly<Record<AccessKeyType, string>> = { mcp: 'dpn_mcp_', governance: 'dpn_gov_' };
const ID_BYTES = 16;
const SECRET_BYTES = 32;
const FORM = /^dpn_(mcp|gov)_([a-z2-7]{26})([a-z2-7]{52})$/;
const SHOWN_CHARACTERS = 4;

/** A new key: `dpn_mcp_` or `dpn_gov_`, 26 characters that name it and 52 that prove it. Shown once, stored as its SHA-256. */
export function mintAccessKey(
  type: AccessKeyType,
  random: RandomBytes,
): { readonly keyId: string; readonly secret: string; readonly prefix: string; readonly sha256: Buffer } {
  const id = base32(random(ID_BYTES));
  const secret = PREFIXES[type] + id + base32(random(SECRET_BYTES));
  return { keyId: `${ID_PREFIXES.key}_${id}`, secret, prefix: PREFIXES[type] + id.slice(0, SHOWN_CHARACTERS), sha256: sha256(secret) };
}

/** Which key a secret claims to be; null where it has not the form of one. Proves nothing yet. */
export function claimedKey(secret: string): { readonly keyId: string; readonly type: AccessKeyType } | null {
  const match = FORM.exec(secret);
  if (match === null) return null;
  return { keyId: `${ID_PREFIXES.key}_${match[2]}`, type: match[1] === 'mcp' ? 'mcp' : 'governance' };
}

/** Whether this secret is the one whose hash was stored; in constant time. */
export function provesKey(secret: string, storedSha256: Uint8Array): boolean {
  return timingSafeEqual(sha256(secret), storedSha256);
}
