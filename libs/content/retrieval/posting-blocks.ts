/**
 * Packed postings: which of 1,024 neighbouring chunks of a site hold a term, how often, and how long they are. A block
 * is a run of entries of five bytes, rising by chunk: number within the block (uint16), length (uint16), frequency
 * (uint8), little-endian. New chunks have the greatest numbers, so a block grows by appending.
 */
export const CHUNKS_PER_BLOCK = 1_024;

const ENTRY_BYTES = 5;
const LONGEST = 0xffff;
const MOST_FREQUENT = 0xff;

/** `chunk` counts within its site. `length`: weighted terms of the chunk; `frequency`: of this term, weighted. */
export type Posting = { readonly chunk: number; readonly length: number; readonly frequency: number };

export function blockOf(chunk: number): number {
  return Math.floor(chunk / CHUNKS_PER_BLOCK);
}

/** The postings of one block, in rising order of chunks. */
export function packPostings(postings: readonly Posting[]): Buffer {
  const packed = Buffer.allocUnsafe(postings.length * ENTRY_BYTES);
  postings.forEach(({ chunk, length, frequency }, index) => {
    const at = index * ENTRY_BYTES;
    packed.writeUInt16LE(chunk % CHUNKS_PER_BLOCK, at);
    packed.writeUInt16LE(Math.min(length, LONGEST), at + 2);
    packed.writeUInt8(Math.min(frequency, MOST_FREQUENT), at + 4);
  });
  return packed;
}

export function countPostings(packed: Buffer): number {
  return packed.length / ENTRY_BYTES;
}

/** Hands over each posting of a block; `slot` is the chunk's number within the block. */
export function readPostings(packed: Buffer, each: (slot: number, length: number, frequency: number) => void): void {
  for (let at = 0; at < packed.length; at += ENTRY_BYTES) each(packed.readUInt16LE(at), packed.readUInt16LE(at + 2), packed.readUInt8(at + 4));
}

/** The block without the chunks of a file: `first` of its site and so many after it. */
export function withoutChunks(packed: Buffer, block: number, { first, count }: { readonly first: number; readonly count: number }): Buffer {
  const kept: Buffer[] = [];
  for (let at = 0; at < packed.length; at += ENTRY_BYTES) {
    const chunk = block * CHUNKS_PER_BLOCK + packed.readUInt16LE(at);
    if (chunk < first || chunk >= first + count) kept.push(packed.subarray(at, at + ENTRY_BYTES));
  }
  return Buffer.concat(kept);
}
