export { type CanonicalValue, canonical, jcs, NotCanonical, parseCanonical } from './canonical-json.ts';
export { type Clock, timestamp } from './clock.ts';
export { base32, base64, base64url, fromBase32, fromBase64, fromBase64url } from './encoding.ts';
export { decrypt, encrypt } from './encryption.ts';
export { deriveKey, hmacSha256, sha256, sha256Base64url, sha256Hex, sha256Uri } from './hashing.ts';
export { ID_PREFIXES, type IdKind, newId, type RandomBytes, RECORD_ID_PATTERN, uuidv7 } from './ids.ts';
export { LIMITS } from './limits.ts';
export {
  type Change,
  type ConfirmationAsked,
  type Issue,
  isRefusal,
  REFUSAL_CODES,
  type Refusal,
  type RefusalCode,
  type RefusalDetails,
  refuse,
} from './refusal.ts';
export { MalformedJson, parseStrictJson } from './strict-json.ts';
