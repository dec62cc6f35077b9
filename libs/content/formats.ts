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

type Signature = { readonly first: Buffer; readonly what: string; readonly contentType: string | null };

/** Formats that an extractor reads, by their first bytes. What a ZIP container holds is told when it is read. */
const DOCUMENTS: readonly Signature[] = [
  { first: Buffer.from('%PDF-'), what: 'PDF files', contentType: 'application/pdf' },
  { first: Buffer.from('{\\rtf'), what: 'RTF files', contentType: 'application/rtf' },
  { first: Buffer.from('PK\x03\x04', 'latin1'), what: 'ZIP containers', contentType: null },
];

const BINARY: readonly Signature[] = [
  { first: Buffer.from('d0cf11e0a1b11ae1', 'hex'), what: 'old Office documents', contentType: null },
  { first: Buffer.from('89504e47', 'hex'), what: 'images', contentType: 'image/png' },
  { first: Buffer.from('ffd8ff', 'hex'), what: 'images', contentType: 'image/jpeg' },
  { first: Buffer.from('GIF8'), what: 'images', contentType: 'image/gif' },
  { first: Buffer.from('RIFF'), what: 'images, sound and video', contentType: null },
  { first: Buffer.from('ID3'), what: 'sound', contentType: 'audio/mpeg' },
  { first: Buffer.from('1f8b', 'hex'), what: 'compressed files', contentType: 'application/gzip' },
  { first: Buffer.from('7f454c46', 'hex'), what: 'programs', contentType: null },
];

/** Types that no text has, whatever its sender says. */
const NEVER_TEXT = /^(?:image\/(?!svg)|audio\/|video\/|application\/(?:pdf|rtf|zip|gzip|msword|vnd\.))/;

/** What the sender says of a file. */
export type Sent = { readonly extension: string; readonly contentType: string | null };

export function contentTypeOf(extension: string, isText: boolean): string {
  return CONTENT_TYPES[extension] ?? (isText ? 'text/plain' : 'application/octet-stream');
}

/** The first bytes of a format that an extractor reads; null for anything else. */
export function documentFormatOf(bytes: Uint8Array): Signature | null {
  return matching(DOCUMENTS, bytes);
}

/** What is known not to be text; null where the first bytes say nothing. */
export function binaryFormatOf(bytes: Uint8Array): Signature | null {
  return matching(BINARY, bytes);
}

const HTML_TYPES: ReadonlySet<string> = new Set(['text/html', 'application/xhtml+xml']);
const HTML_EXTENSIONS: ReadonlySet<string> = new Set(['html', 'htm', 'xhtml']);
const HTML_START = /^\s*(?:<\?xml[^>]{0,200}\?>\s*)?<(?:!doctype\s+html|html)[\s>]/i;
/** A header field (RFC 5322, 2.2), or the line that stands before a message in a mailbox. */
const MAIL_START = /^(?:[\x21-\x39\x3b-\x7e]{1,80}:|From )/;

/** The type of a text that an extractor reads, because a reader would see something else than its characters; null for plain text. */
export function markedUpTypeOf(text: string, { extension, contentType }: Sent): string | null {
  const declared = mediaTypeOf(contentType);
  if (declared === 'message/rfc822' || (declared === null && extension === 'eml')) return MAIL_START.test(text) ? 'message/rfc822' : null;
  if (declared !== null) return HTML_TYPES.has(declared) ? declared : null;
  const isHtml = HTML_EXTENSIONS.has(extension) || (!Object.hasOwn(CONTENT_TYPES, extension) && HTML_START.test(text));
  return isHtml ? 'text/html' : null;
}

/** The type of a plain text, where what the sender says is certainly wrong; null where it may be right. */
export function correctedTextType({ extension, contentType }: Sent): string | null {
  return NEVER_TEXT.test(mediaTypeOf(contentType) ?? CONTENT_TYPES[extension] ?? '') ? 'text/plain' : null;
}

/** Without parameters such as charset. */
function mediaTypeOf(contentType: string | null): string | null {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? null;
}

function matching(signatures: readonly Signature[], bytes: Uint8Array): Signature | null {
  return signatures.find(({ first }) => first.compare(bytes, 0, Math.min(first.length, bytes.length)) === 0) ?? null;
}
