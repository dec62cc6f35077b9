import { analyse } from 'chardet';

/** UTF-8 and UTF-16 with a byte order mark (Unicode 17, 23.8). TextDecoder drops the mark itself. */
const BYTE_ORDER_MARKS = [
  { bytes: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { bytes: [0xff, 0xfe], encoding: 'utf-16le' },
  { bytes: [0xfe, 0xff], encoding: 'utf-16be' },
] as const;

const SAMPLE = 64 * 1024;
/** Share of NUL bytes that must stand at one parity, and of characters people write, for text to be UTF-16. */
const ONE_PARITY = 0.8;
const PLAUSIBLE = 0.95;
/** Share of control characters beyond which something is not text. */
const MOST_CONTROLS = 0.01;

// biome-ignore lint/suspicious/noControlCharactersInRegex: logs hold the escape character of terminal colours
const CONTROLS = /(?![\t\n\r\f\v\b\x1b\x85])\p{Cc}/gu;
const WRITTEN = /[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Z}\p{Cf}\t\n\r]/gu;

/**
 * The text of a file in whatever encoding, with LF line ends (for CRLF, LF and lone CR; U+2028, NEL, VT and FF stay),
 * or null where the bytes are no text. Never a replacement character for bytes that another encoding explains.
 * Order: byte order mark, strict UTF-8, UTF-16 by the parity of its NULs, statistics (chardet), windows-1252.
 */
export function decodeText(bytes: Uint8Array): string | null {
  const text = decode(bytes);
  if (text === null || text.includes('\0') || !looksWritten(text)) return null;
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

function decode(bytes: Uint8Array): string | null {
  const marked = BYTE_ORDER_MARKS.find((mark) => mark.bytes.every((byte, at) => bytes[at] === byte));
  if (marked) return strictly(marked.encoding, bytes);
  // ASCII in UTF-16 is valid UTF-8 full of NULs, so NULs are looked at first.
  return bytes.includes(0) ? decodeUtf16(bytes) : (strictly('utf-8', bytes) ?? decodeByStatistics(bytes));
}

function decodeUtf16(bytes: Uint8Array): string | null {
  const sample = bytes.subarray(0, SAMPLE);
  let even = 0;
  let odd = 0;
  for (let at = 0; at < sample.length; at++) if (sample[at] === 0) at % 2 === 0 ? even++ : odd++;
  if (Math.max(even, odd) < ONE_PARITY * (even + odd)) return null;
  const text = strictly(even > odd ? 'utf-16be' : 'utf-16le', bytes);
  return text !== null && shareOf(WRITTEN, text) >= PLAUSIBLE ? text : null;
}

function decodeByStatistics(bytes: Uint8Array): string {
  const firstHigh = bytes.findIndex((byte) => byte >= 0x80);
  const lineStart = bytes.lastIndexOf(0x0a, firstHigh) + 1;
  const from = Math.max(lineStart, firstHigh - SAMPLE / 2);
  for (const { name, confidence } of analyse(bytes.subarray(from, from + SAMPLE))) {
    const text = confidence > 0 ? strictly(name, bytes) : null;
    if (text !== null) return text;
  }
  // Defined for every byte (WHATWG Encoding, index windows-1252).
  return new TextDecoder('windows-1252').decode(bytes);
}

/** Null where the bytes are not in the encoding, or the encoding is unknown here. */
function strictly(encoding: string, bytes: Uint8Array): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function looksWritten(text: string): boolean {
  return text === '' || shareOf(CONTROLS, text) <= MOST_CONTROLS;
}

function shareOf(characters: RegExp, text: string): number {
  const sample = text.slice(0, SAMPLE);
  return (sample.match(characters)?.length ?? 0) / [...sample].length;
}
