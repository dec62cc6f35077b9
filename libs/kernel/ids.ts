import { base32 } from './encoding.ts';

/** What an id names, by its prefix. Ids are opaque to everyone else. */
export const ID_PREFIXES = {
  organization: 'org',
  user: 'usr',
  member: 'mem',
  key: 'key',
  session: 'ses',
  invitation: 'inv',
  client: 'cli',
  site: 'sit',
  content: 'con',
  confirmation: 'cnf',
  export: 'exp',
  hold: 'hld',
  erasure: 'ers',
  summary: 'sum',
} as const;

export type IdKind = keyof typeof ID_PREFIXES;

/** Fills a buffer of the asked length with unpredictable bytes. Passed in, never reached for. */
export type RandomBytes = (length: number) => Uint8Array;

const ID_BYTES = 16;

/** An opaque id such as `con_4t2v…`: a prefix and 128 random bits in lower-case base32. */
export function newId(kind: IdKind, random: RandomBytes): string {
  return `${ID_PREFIXES[kind]}_${base32(random(ID_BYTES))}`;
}

/** UUID version 7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then 74 random bits, lower case. */
export function uuidv7(unixMilliseconds: number, random: RandomBytes): string {
  const bytes = Buffer.from(random(16));
  bytes.writeUIntBE(unixMilliseconds, 0, 6);
  bytes.writeUInt8(0x70 | (bytes.readUInt8(6) & 0x0f), 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export const RECORD_ID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
