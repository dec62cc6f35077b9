/** Content types by extension, for files whose sender declares none. Whatever is text but not here is `text/plain`. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  md: 'text/markdown',
  markdown: 'text/markdown',
  txt: 'text/plain',
  log: 'text/plain',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  html: 'text/html',
  htm: 'text/html',
  css: 'text/css',
  js: 'text/javascript',
  mjs: 'text/javascript',
  json: 'application/json',
  jsonl: 'application/jsonl',
  ndjson: 'application/x-ndjson',
  xml: 'application/xml',
  svg: 'image/svg+xml',
  yaml: 'application/yaml',
  yml: 'application/yaml',
  toml: 'application/toml',
  sql: 'application/sql',
  eml: 'message/rfc822',
  rtf: 'application/rtf',
  pdf: 'application/pdf',
  zip: 'application/zip',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  odt: 'application/vnd.oasis.opendocument.text',
  ods: 'application/vnd.oasis.opendocument.spreadsheet',
  odp: 'application/vnd.oasis.opendocument.presentation',
  doc: 'application/msword',
  xls: 'application/vnd.ms-excel',
  ppt: 'application/vnd.ms-powerpoint',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
};

type Signature = { readonly first: Buffer; readonly what: string };

/** Formats written in readable characters that are nevertheless no text for a reader. */
const MARKED_UP: readonly Signature[] = [
  { first: Buffer.from('%PDF-'), what: 'PDF files' },
  { first: Buffer.from('{\\rtf'), what: 'RTF files' },
];

const BINARY: readonly Signature[] = [
  { first: Buffer.from('PK\x03\x04', 'latin1'), what: 'Office documents and ZIP archives' },
  { first: Buffer.from('d0cf11e0a1b11ae1', 'hex'), what: 'old Office documents' },
  { first: Buffer.from('89504e47', 'hex'), what: 'images' },
  { first: Buffer.from('ffd8ff', 'hex'), what: 'images' },
  { first: Buffer.from('GIF8'), what: 'images' },
  { first: Buffer.from('RIFF'), what: 'images, sound and video' },
  { first: Buffer.from('ID3'), what: 'sound' },
  { first: Buffer.from('1f8b', 'hex'), what: 'compressed files' },
  { first: Buffer.from('7f454c46', 'hex'), what: 'programs' },
];

export function contentTypeOf(extension: string, isText: boolean): string {
  return CONTENT_TYPES[extension] ?? (isText ? 'text/plain' : 'application/octet-stream');
}

/** The format, in the plural, of what must not be read as text although it could be; null for anything else. */
export function markedUpFormatOf(bytes: Uint8Array): string | null {
  return matching(MARKED_UP, bytes);
}

/** The format, in the plural, of what is known not to be text; null where the first bytes say nothing. */
export function binaryFormatOf(bytes: Uint8Array): string | null {
  return matching(BINARY, bytes);
}

function matching(signatures: readonly Signature[], bytes: Uint8Array): string | null {
  return signatures.find(({ first }) => first.compare(bytes, 0, Math.min(first.length, bytes.length)) === 0)?.what ?? null;
}
