import { z } from 'zod';

/** Arguments and answers about a window on a text: which lines, what is left, what it costs. */

const line = z.int().min(1);
const byte = z.int().min(0);

export const Lines = z
  .strictObject({
    start: line.describe('First line, counted from 1.'),
    end: line.describe('Last line, itself included; past the end of the file is no error.'),
    startByte: byte.optional().describe('Where to go on inside line start: only as nextLines gave it.'),
  })
  .optional()
  .describe('Lines to read. Left out: all.');

export const NextLines = z
  .strictObject({
    start: line.describe('First line not given yet.'),
    end: line.describe('Last line asked for.'),
    startByte: byte.optional().describe('Where to go on inside line start.'),
  })
  .nullable()
  .describe('Give this as lines to go on; null when nothing is left.');

export const PartialLine = z
  .strictObject({
    byteStart: byte.describe('Where the text begins within its line.'),
    byteEnd: byte.describe('Where it ends.'),
    lineBytes: byte.describe('Bytes of the whole line.'),
  })
  .nullable()
  .describe('Set when the text is a part of one line that is longer than the budget.');

export const Tokens = z
  .strictObject({
    used: z.int().describe('Tokens of the text.'),
    budget: z.int().describe('maxTokens.'),
    counter: z.string().describe('Tokenizer they were counted with.'),
  })
  .describe('What the text costs.');
