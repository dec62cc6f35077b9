import { z } from 'zod';
import { type Issue, LIMITS, type Refusal, refuse } from '#kernel';
import { EVIDENCE_KINDS, OUTCOMES } from '#ledger';

/** What lists are filtered by: values of one filter are alternatives, different filters all hold. Times in Unix milliseconds. */
export type RecordFilters = {
  /** Inclusive and exclusive, of the time of recording. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly actorId?: readonly string[] | undefined;
  readonly clientId?: readonly string[] | undefined;
  readonly contentId?: readonly string[] | undefined;
  readonly correlationId?: readonly string[] | undefined;
  readonly tool?: readonly string[] | undefined;
  readonly kind?: readonly string[] | undefined;
  readonly outcome?: readonly string[] | undefined;
  readonly class?: readonly string[] | undefined;
  /** Prefixes of ids, tool names and client names; whole external ids. */
  readonly q?: readonly string[] | undefined;
};

export type ListQuery = { readonly filters: RecordFilters; readonly cursor: number | null; readonly limit: number };

/** A query string's parameters: a repeated one is a list. */
export type Parameters = { readonly [name: string]: string | readonly string[] };

const DEFAULT_LIMIT = 50;

const ID = z.string().min(1).max(LIMITS.storedNameCharacters);
const any = <Value extends z.ZodType>(value: Value) => z.array(value).optional();
const one = <Value extends z.ZodType>(value: Value) => z.tuple([value], 'may be given once').transform(([only]) => only);
const time = one(z.iso.datetime({ offset: true, error: 'must be an RFC 3339 time' }).transform((text) => Date.parse(text))).optional();

const FILTERS = {
  from: time,
  to: time,
  actorId: any(ID),
  clientId: any(ID),
  contentId: any(ID),
  correlationId: any(ID),
  tool: any(ID),
  kind: any(ID),
  outcome: any(z.enum(OUTCOMES)),
  class: any(z.enum(['governed', 'audit', 'control'])),
  q: any(ID),
} as const;

const PAGE = {
  cursor: one(z.string().transform((text, context) => readCursor(text) ?? context.addIssue('is not a cursor of this list') ?? z.NEVER)).optional(),
  limit: one(z.coerce.number().int().min(1).max(LIMITS.pageItems)).optional(),
} as const;

const { kind: _kind, outcome: _outcome, class: _class, correlationId: _correlationId, ...ofGroups } = FILTERS;

const QUERIES = {
  audit: z.strictObject({ ...FILTERS, ...PAGE }),
  evidence: z.strictObject({ ...FILTERS, ...PAGE, kind: any(z.enum(EVIDENCE_KINDS)) }).omit({ outcome: true, class: true }),
  correlations: z.strictObject({ ...ofGroups, ...PAGE }),
  /** The records of one group. */
  group: z.strictObject(PAGE),
};

/** The query of a list, or which parameters are not of it. */
export function parseListQuery(list: keyof typeof QUERIES, parameters: Parameters): ListQuery | Refusal {
  const listed = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, typeof value === 'string' ? [value] : value]));
  const parsed = QUERIES[list].safeParse(listed);
  if (!parsed.success) return refuse('invalid_params', 'The query has parameters that this list does not take.', { issues: parsed.error.issues.map(issue) });
  const { cursor = null, limit = DEFAULT_LIMIT, ...filters } = parsed.data;
  return { filters, cursor, limit };
}

function issue({ path, message }: { readonly path: readonly PropertyKey[]; readonly message: string }): Issue {
  return { path: String(path[0] ?? ''), message };
}

/** Opaque to its reader: where the next page begins. */
export function writeCursor(position: number): string {
  return Buffer.from(`p${position}`).toString('base64url');
}

function readCursor(text: string): number | null {
  const digits = /^p([1-9]\d{0,15})$/.exec(Buffer.from(text, 'base64url').toString('utf8'))?.[1];
  return digits === undefined ? null : Number(digits);
}
