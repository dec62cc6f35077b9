import { base32, fromBase32, hmacSha256 } from '#kernel';

/** EVIDENCE, "Groups": ids that need no look-up and that nobody else can make or join. */

export const CONTROL_GROUP = 'cor_control';

const PREFIX = 'cor_';
const GROUP_OF_ONE_PREFIX = 'call_';
const TAG_BYTES = 16;
const MAC_BYTES = 8;
/** 24 bytes in base32. */
const GROUP_ID_PATTERN = /^cor_[a-z2-7]{39}$/;

/** The group of what one user calls `externalId`, whose form the caller has checked. */
export function groupId(correlationKey: Uint8Array, userId: string, externalId: string): string {
  const tag = hmacSha256(correlationKey, 'g', userId, '\0', externalId).subarray(0, TAG_BYTES);
  return PREFIX + base32(Buffer.concat([tag, mac(correlationKey, userId, tag)]));
}

/** Whether `id` is a group this user opened: only then may it be joined by passing it back. */
export function isGroupIdOf(correlationKey: Uint8Array, userId: string, id: string): boolean {
  const bytes = GROUP_ID_PATTERN.test(id) ? fromBase32(id.slice(PREFIX.length)) : null;
  if (bytes?.length !== TAG_BYTES + MAC_BYTES) return false;
  return sameBytes(bytes.subarray(TAG_BYTES), mac(correlationKey, userId, bytes.subarray(0, TAG_BYTES)));
}

/** A call without correlation is a group of one, complete by construction and not in the group map. */
export function groupOfOne(recordId: string): string {
  return GROUP_OF_ONE_PREFIX + recordId;
}

export function isGroupOfOne(id: string): boolean {
  return id.startsWith(GROUP_OF_ONE_PREFIX);
}

function mac(correlationKey: Uint8Array, userId: string, tag: Uint8Array): Buffer {
  return hmacSha256(correlationKey, 'm', userId, '\0', tag).subarray(0, MAC_BYTES);
}

/** In a time that does not tell where they differ. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let at = 0; at < a.length; at++) difference |= (a[at] ?? 0) ^ (b[at] ?? 0);
  return difference === 0;
}
