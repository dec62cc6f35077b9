import { z } from 'zod';

/**
 * What the pipeline adds to the answer of a governed tool once its record is committed. It stands in the schema that
 * clients see, not in the tool's own `output`: no tool can make it.
 */
export const Evidence = z
  .strictObject({
    recordId: z.string().describe('Id of the record of this call.'),
    correlationId: z.string().describe('Id of the evidence group that the record belongs to.'),
    eventHash: z.string().describe('SHA-256 of the recorded event: `sha256:` and 64 hex digits.'),
  })
  .nullable()
  .describe('The record that testifies to what was delivered; null when nothing was, or when governance is off.');
