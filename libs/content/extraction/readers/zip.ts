import type { Readable } from 'node:stream';
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';
import { LIMITS } from '#kernel';
import { Refused } from './endings.ts';

/** A ZIP container in memory. Its names are looked up, never used as paths. */
export type Archive = {
  readonly names: readonly string[];
  /** Null where there is no such entry. */
  read(name: string): Promise<Buffer | null>;
};

/** What yauzl says of names that would lead somewhere if they were paths. */
const NAME_PROBLEM = /^(?:invalid relative path|absolute path|invalid characters in fileName)/;

/** Bombs are refused by what their directory declares, before anything is unpacked; what declares less than it holds breaks while it is. */
export async function openZip(bytes: Uint8Array): Promise<Archive> {
  const zip = await fromBufferPromise(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), { lazyEntries: true, autoClose: false });
  if (zip.entryCount > LIMITS.zipEntries) throw new Refused(`Its ZIP container has more than ${LIMITS.zipEntries} entries.`);
  const entries = new Map<string, Entry>();
  let packed = 0;
  let unpacked = 0;
  for await (const entry of entriesOf(zip)) {
    packed += entry.compressedSize;
    unpacked += entry.uncompressedSize;
    if (entry.uncompressedSize > LIMITS.zipEntryBytes || unpacked > LIMITS.zipTotalBytes) throw new Refused('Unpacked, it is larger than a document may be.');
    if (entry.isEncrypted()) throw new Refused('It is protected by a password.');
    if (entry.fileName.includes('\0')) throw new Refused('Its ZIP container holds a name that no file can have.');
    if (!entries.has(entry.fileName)) entries.set(entry.fileName, entry);
  }
  if (unpacked > packed * LIMITS.zipRatio) throw new Refused('It is packed more tightly than any document is.');
  return {
    names: [...entries.keys()],
    async read(name) {
      const entry = entries.get(name);
      return entry === undefined ? null : collect(await zip.openReadStreamPromise(entry), entry.uncompressedSize);
    },
  };
}

async function* entriesOf(zip: ZipFile): AsyncGenerator<Entry> {
  try {
    for await (const entry of zip.eachEntry()) yield entry;
  } catch (error) {
    if (error instanceof Error && NAME_PROBLEM.test(error.message)) throw new Refused('Its ZIP container holds a name that leads out of it.');
    throw error;
  }
}

/** The stream fails by itself at the first byte beyond the declared size. */
async function collect(stream: Readable, size: number): Promise<Buffer> {
  const whole = Buffer.alloc(size);
  let filled = 0;
  for await (const chunk of stream) filled += chunk.copy(whole, filled);
  return whole.subarray(0, filled);
}
