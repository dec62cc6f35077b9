import { deriveKey, hmacSha256 } from '#kernel';

/**
 * What the index holds instead of words: 64 bits of their HMAC under the organisation's key, as a signed decimal
 * (PostgreSQL's bigint). Whoever has the database alone reads no word from it; two words of one organisation's
 * vocabulary meet in one number about never (10 million words: 1 in 370,000).
 */
export type Keyed = (text: string | Uint8Array) => string;

export function keyedTerms(vaultKey: Uint8Array): Keyed {
  return keyed(deriveKey(vaultKey, 'search-term'));
}

/** Equal for equal texts: so repeated chunks are seen without opening them. */
export function keyedFingerprints(vaultKey: Uint8Array): Keyed {
  return keyed(deriveKey(vaultKey, 'chunk-fingerprint'));
}

function keyed(key: Uint8Array): Keyed {
  return (text) => hmacSha256(key, text).readBigInt64LE(0).toString();
}
