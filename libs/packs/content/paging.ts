import { z } from 'zod';
import { LIMITS } from '#kernel';

/** Page numbers as cursors: items that are added between two pages may shift them. */
export const cursor = z
  .string()
  .regex(/^(?:[1-9][0-9]{0,2}|1000)$/, `must be a page number from 1 to ${LIMITS.listPages}, as nextCursor gives it`)
  .optional()
  .describe('Page to show: nextCursor of the page before. Left out: the first.');

export function limit(usually: number) {
  return z.int().min(1).max(LIMITS.pageItems).default(usually).describe(`Entries on a page, 1 to ${LIMITS.pageItems}.`);
}

export const nextCursor = z.string().nullable().describe('Cursor of the next page; null on the last.');

/** One page of what is already in its order. A page past the end is empty. */
export function pageOf<Item>(all: readonly Item[], asked: { readonly cursor?: string | undefined; readonly limit: number }) {
  const page = Number(asked.cursor ?? 1);
  const end = page * asked.limit;
  return { items: all.slice(end - asked.limit, end), nextCursor: end < all.length && page < LIMITS.listPages ? String(page + 1) : null };
}
