import { z } from 'zod';

const word = z.string().regex(/^[\w.-]{1,32}$/);

/**
 * What became of reading one document, without its text. `reason`: a sentence for people, in our own words. `contentType`: what the bytes are, whatever they were called; null where they do not say.
 */
export const Outcome = z.strictObject({
  status: z.enum(['ok', 'partial', 'no_text', 'failed', 'refused']),
  reason: z.string().max(300).nullable(),
  extractor: z.strictObject({ name: word, version: word }).nullable(),
  contentType: z.string().max(200).nullable(),
  pages: z.int().min(0).nullable(),
  characters: z.int().min(0).nullable(),
});
export type Outcome = z.infer<typeof Outcome>;

/** What a file is taken for: needed where the bytes alone do not tell, as with HTML and mail. */
export const Claim = z.strictObject({ extension: z.string(), contentType: z.string() });
export type Claim = z.infer<typeof Claim>;

export function withoutText(status: 'no_text' | 'failed' | 'refused', reason: string, contentType: string | null = null): Outcome {
  return { status, reason, extractor: null, contentType, pages: null, characters: null };
}

/** What the process says: the outcome, and whether it takes no other document. */
export const Answer = Outcome.extend({ last: z.boolean() });
export type Answer = z.infer<typeof Answer>;
