/** What a governed answer can be evidence of (CONTRACT, `kind` of GET /evidence). */
export type EvidenceKind = 'file_text' | 'line_range' | 'chunks' | 'summary' | 'diff' | 'preview' | 'cited_answer' | 'result';

/** One piece of content that left in an answer. Identity, version, range, lengths and digests; never text. */
export type Delivery = {
  readonly contentId: string;
  readonly version: number;
  /** The site and the path of names at the time of the call; kept encrypted, apart from the record. */
  readonly path: string;
  /** 1-based, inclusive; an empty delivery has `end = start - 1`. Null where no verbatim lines were given. */
  readonly range: { readonly unit: 'line' | 'byte'; readonly start: number; readonly end: number; readonly total: number } | null;
  readonly length: { readonly bytes: number; readonly codePoints: number; readonly lines: number };
  /** The last line was cut inside. */
  readonly truncated: boolean;
  /** 64 hex digits each: of the delivered text, of the whole rendition, of the file as it was saved. */
  readonly digests: { readonly textSha256: string; readonly renditionSha256: string; readonly sourceSha256: string };
};

export type Testimony = { readonly kind: EvidenceKind; readonly deliveries: readonly Delivery[] };

/** Said by `testify` when the answer held nothing substantive: the call is then audit-only. */
export const nothingDelivered = null;
