import { crc32 } from 'node:zlib';
import { LIMITS } from '#kernel';
import { Rejected } from './rejected.ts';

/** The one container form of EVIDENCE ("Bundle"): stored, in byte order of names, nothing a writer could vary. */

export type ZipEntry = { readonly name: string; readonly bytes: Uint8Array };

const LOCAL_SIGNATURE = 0x04034b50;
const CENTRAL_SIGNATURE = 0x02014b50;
const END_SIGNATURE = 0x06054b50;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END_BYTES = 22;
const VERSION = 20;
/** 1980-01-01 in DOS form; 00:00 is 0. */
const DATE = 0x0021;
const ENTRY_NAME = /^[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*$/;

/** Chunks of the container. Throws RangeError unless names are plain, rising and within the limits. */
function* zipChunks(entries: Iterable<ZipEntry>): Generator<Uint8Array> {
  const central: Buffer[] = [];
  let offset = 0;
  let previous = '';
  for (const { name, bytes } of entries) {
    if (!ENTRY_NAME.test(name) || name <= previous) throw new RangeError(`${name} is out of order or no name of an entry`);
    const about = { crc: crc32(bytes), size: bytes.length };
    central.push(centralHeader(name, about, offset));
    yield localHeader(name, about);
    yield bytes;
    offset += LOCAL_BYTES + name.length + bytes.length;
    previous = name;
    if (offset >= LIMITS.bundleBytes || central.length >= LIMITS.bundleEntries) throw new RangeError('too large for one bundle: divide its scope');
  }
  const directory = Buffer.concat(central);
  if (offset + directory.length + END_BYTES >= LIMITS.bundleBytes) throw new RangeError('too large for one bundle: divide its scope');
  yield directory;
  yield endRecord(central.length, directory.length, offset);
}

export function writeZip(entries: Iterable<ZipEntry>): Buffer {
  return Buffer.concat([...zipChunks(entries)]);
}

/**
 * The entries of a container that {@link writeZip} would have written, byte for byte: it is written anew and
 * compared, so whatever differs in order, time, attribute, checksum, gap or trailing bytes is {@link Rejected}.
 */
export function readZip(container: Uint8Array): ZipEntry[] {
  const bytes = Buffer.from(container.buffer, container.byteOffset, container.byteLength);
  const entries: ZipEntry[] = [];
  let at = 0;
  while (at + LOCAL_BYTES <= bytes.length && bytes.readUInt32LE(at) === LOCAL_SIGNATURE) {
    const start = at + LOCAL_BYTES + bytes.readUInt16LE(at + 26);
    const end = start + bytes.readUInt32LE(at + 22);
    if (end > bytes.length) throw new Rejected('the container is cut');
    entries.push({ name: bytes.toString('latin1', at + LOCAL_BYTES, start), bytes: bytes.subarray(start, end) });
    at = end;
  }
  if (!isWhatWeWrite(bytes, entries)) throw new Rejected('the container is not in the one form a bundle has');
  return entries;
}

function isWhatWeWrite(bytes: Buffer, entries: readonly ZipEntry[]): boolean {
  let at = 0;
  try {
    for (const chunk of zipChunks(entries)) {
      if (bytes.compare(chunk, 0, chunk.length, at, Math.min(at + chunk.length, bytes.length)) !== 0) return false;
      at += chunk.length;
    }
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
  return at === bytes.length;
}

type About = { readonly crc: number; readonly size: number };

function localHeader(name: string, about: About): Buffer {
  const header = Buffer.alloc(LOCAL_BYTES);
  header.writeUInt32LE(LOCAL_SIGNATURE, 0);
  writeFields(header, 4, name, about);
  return Buffer.concat([header, Buffer.from(name, 'latin1')]);
}

function centralHeader(name: string, about: About, offset: number): Buffer {
  const header = Buffer.alloc(CENTRAL_BYTES);
  header.writeUInt32LE(CENTRAL_SIGNATURE, 0);
  header.writeUInt16LE(VERSION, 4);
  writeFields(header, 6, name, about);
  header.writeUInt32LE(offset, 42);
  return Buffer.concat([header, Buffer.from(name, 'latin1')]);
}

/** What local and central headers share (APPNOTE 4.3.7): version needed, flags, method, time, date, CRC, sizes, name length. */
function writeFields(header: Buffer, at: number, name: string, { crc, size }: About): void {
  header.writeUInt16LE(VERSION, at);
  header.writeUInt16LE(DATE, at + 8);
  header.writeUInt32LE(crc, at + 10);
  header.writeUInt32LE(size, at + 14);
  header.writeUInt32LE(size, at + 18);
  header.writeUInt16LE(name.length, at + 22);
}

function endRecord(count: number, directoryBytes: number, directoryOffset: number): Buffer {
  const record = Buffer.alloc(END_BYTES);
  record.writeUInt32LE(END_SIGNATURE, 0);
  record.writeUInt16LE(count, 8);
  record.writeUInt16LE(count, 10);
  record.writeUInt32LE(directoryBytes, 12);
  record.writeUInt32LE(directoryOffset, 16);
  return record;
}
