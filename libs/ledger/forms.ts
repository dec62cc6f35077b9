import { RECORD_ID_PATTERN } from '#kernel';
import { reject, type Shape, text } from './reading.ts';

/** The forms of EVIDENCE, "Encodings". */

export const RECORD_ID = text(RECORD_ID_PATTERN, 'a recordId');
export const HASH_URI = text(/^sha256:[0-9a-f]{64}$/, 'sha256: and 64 hex digits');
/** Opaque: no meaning is read from it, and nothing that could pass for text fits in. */
export const OPAQUE_ID = text(/^[A-Za-z0-9_.-]{1,128}$/, 'an opaque id');
export const WORD = text(/^[A-Za-z0-9_.:/-]{1,200}$/, 'a word');
export const DIGEST = text(/^[A-Za-z0-9_-]{43}$/, 'a digest in base64url');
export const GROUP_ID = text(/^(?:cor_[a-z2-7]{39}|cor_control|call_[0-9a-f-]{36})$/, 'a group id');

const TIME_PATTERN = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** RFC 3339, UTC, three decimals, `Z`, and a time that exists. */
export const TIME: Shape<string> = (value, at) => {
  if (typeof value !== 'string' || !TIME_PATTERN.test(value)) return reject(at, 'is not a time');
  const milliseconds = Date.parse(value);
  return Number.isNaN(milliseconds) || new Date(milliseconds).toISOString() !== value ? reject(at, 'is not a time') : value;
};
