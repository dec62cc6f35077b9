import { endianness } from 'node:os';
import type { Rendition } from './ports.ts';

/**
 * A rendition as one artefact: `dpnrend1`, the number of lines and a zero (uint32 each), the two tables of lines + 1
 * entries, then the text. Little-endian, so that on every platform we run on the tables are used where they lie.
 */
const MAGIC = Buffer.from('dpnrend1');
const HEADER_BYTES = 16;
const ENTRY_BYTES = Uint32Array.BYTES_PER_ELEMENT;

if (endianness() !== 'LE') throw new Error('Deponent runs on little-endian machines only.');

export function encodeRendition({ bytes, lines }: Rendition): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32LE(lines.byteOffsets.length - 1, MAGIC.length);
  return Buffer.concat([header, tableBytes(lines.byteOffsets), tableBytes(lines.tokenOffsets), bytes]);
}

/** Throws where the bytes are no rendition. The text is a view of them. */
export function decodeRendition(stored: Buffer): Rendition {
  if (stored.length < HEADER_BYTES || MAGIC.compare(stored, 0, MAGIC.length) !== 0) throw new Error('artefact is no rendition');
  const tableLength = (stored.readUInt32LE(MAGIC.length) + 1) * ENTRY_BYTES;
  const textStart = HEADER_BYTES + 2 * tableLength;
  if (stored.length < textStart) throw new Error('rendition is cut off');
  return {
    bytes: stored.subarray(textStart),
    lines: {
      byteOffsets: table(stored.subarray(HEADER_BYTES, HEADER_BYTES + tableLength)),
      tokenOffsets: table(stored.subarray(HEADER_BYTES + tableLength, textStart)),
    },
  };
}

function tableBytes(table: Uint32Array): Uint8Array {
  return new Uint8Array(table.buffer, table.byteOffset, table.byteLength);
}

/** Views the bytes as numbers; copies them where they lie at no multiple of four. */
function table(bytes: Buffer): Uint32Array {
  const aligned = bytes.byteOffset % ENTRY_BYTES === 0 ? bytes : Uint8Array.from(bytes);
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / ENTRY_BYTES);
}
