import type { z } from 'zod';
import { LIMITS, type Refusal, refuse } from '#kernel';

/** A request's body as its schema reads it, or every problem with it. */
export function bodyOf<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> | Refusal {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, LIMITS.issuesTold).map(({ path, message }) => ({ path: path.join('.'), message }));
  return refuse('invalid_params', 'The request cannot be used as it is.', { issues });
}
