import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '#kernel';
import { specification } from '#tools/spec';
import help from './help.tool.ts';

const guide = specification(help).given(null);

describe('content_help', () => {
  it('teaches correlation ids, paging, budgets and retries, briefly', async () => {
    const { text } = (await guide.when({}).answer()) as { text: string };
    for (const word of ['correlationId', 'nextCursor', 'maxTokens', 'nextLines', 'versionAsOf', 'idempotencyKey', 'expire', 'rotate', 'revoked'])
      expect(text).toContain(word);
    expect(text.split(/\s+/).length).toBeLessThan(LIMITS.helpWords);
  });

  it('takes no arguments', () => guide.when({ topic: 'paging' }).thenRefuses('invalid_params', 'no argument topic'));
});
