import { z } from 'zod';
import { fromBase64url, LIMITS, type Refusal, refuse } from '#kernel';

/** Where a page goes on: after the item of this time and id, newest first. */
export type PageQuery = { readonly after: { readonly at: number; readonly id: string } | null; readonly limit: number };
export type Page<Item> = { readonly items: readonly Item[]; readonly nextCursor: string | null };

const DEFAULT_ITEMS = 50;
const pageParameters = z.strictObject({
  cursor: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(LIMITS.pageItems).default(DEFAULT_ITEMS),
});
const cursorForm = z.tuple([z.int(), z.string()]);

export function pageQuery(parameters: unknown): PageQuery | Refusal {
  const parsed = pageParameters.safeParse(parameters);
  if (!parsed.success) {
    const issues = parsed.error.issues.slice(0, LIMITS.issuesTold).map(({ path, message }) => ({ path: path.join('.'), message }));
    return refuse('invalid_params', `The parameters are cursor and limit (1 to ${LIMITS.pageItems}).`, { issues });
  }
  const { cursor, limit } = parsed.data;
  if (cursor === undefined) return { after: null, limit };
  const after = readCursor(cursor);
  return after === null
    ? refuse('invalid_params', 'This is not a cursor of this list.', { issues: [{ path: 'cursor', message: 'is not a cursor of this list' }] })
    : { after, limit };
}

/** Rows that were asked for with one more than the limit. */
export function pageOf<Row extends { readonly at: string; readonly id: string }, Item>(
  rows: readonly Row[],
  limit: number,
  show: (row: Row) => Item,
): Page<Item> {
  const last = rows[limit - 1];
  const nextCursor = rows.length > limit && last !== undefined ? Buffer.from(JSON.stringify([Number(last.at), last.id])).toString('base64url') : null;
  return { items: rows.slice(0, limit).map(show), nextCursor };
}

function readCursor(text: string): PageQuery['after'] {
  try {
    const [at, id] = cursorForm.parse(JSON.parse(fromBase64url(text)?.toString() ?? ''));
    return { at, id };
  } catch {
    return null;
  }
}
