import { z } from 'zod';
import { LIMITS, type Refusal, refuse } from '#kernel';
import { PROFILES } from '#ledger';

const ID = z.string().min(1).max(LIMITS.storedNameCharacters);
const TIME = z.iso.datetime({ offset: true, error: 'must be an RFC 3339 time' }).transform((text) => Date.parse(text));

const REQUEST = z.strictObject({
  scope: z.union(
    [
      z.strictObject({ correlationIds: z.array(ID).min(1).max(LIMITS.exportGroups) }),
      z.strictObject({ contentId: ID }),
      z.strictObject({ from: TIME, to: TIME }).refine(({ from, to }) => from < to, 'from must be earlier than to'),
    ],
    'must be { correlationIds }, { contentId } or { from, to }',
  ),
  profile: z.enum(PROFILES),
  reason: z
    .string()
    .trim()
    .min(1)
    .max(LIMITS.exportReasonCharacters)
    .refine((text) => text.isWellFormed(), 'must be well-formed Unicode'),
  /** A checkpoint the recipient already holds. */
  held: z.string().max(LIMITS.leafBytes).nullish(),
});

/** POST /exports. Times in Unix milliseconds. */
export type ExportRequest = z.infer<typeof REQUEST>;

export function parseExportRequest(body: unknown): ExportRequest | Refusal {
  const parsed = REQUEST.safeParse(body);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  return refuse('invalid_params', 'The export cannot be made as asked for.', { issues });
}
