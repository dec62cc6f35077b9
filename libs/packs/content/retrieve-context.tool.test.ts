import { describe, expect, it } from '@jest/globals';
import { renditionOf } from '#content';
import { sha256Hex } from '#kernel';
import { specification } from '#tools/spec';
import { LEAVE, library } from './library.fixture.ts';
import retrieveContext from './retrieve-context.tool.ts';

const at = '2026-06-01T00:00:00.000Z';
const inHr = { siteId: 'sit_hr', parentId: null, at };
const section = (n: number, about: string) => `## Section ${n}\n\n${`Everything about ${about}, part ${n}, said at length. `.repeat(12).trim()}\n\n`;
const HANDBOOK = `# Handbook\n\n${[1, 2, 3, 4, 5, 6].map((n) => section(n, 'gardening')).join('')}`;
const REPEATED = 'Gardening is done on Fridays.\n';
const LONG_LINE = `${'A long line tells of beekeeping and nothing but beekeeping. '.repeat(80)}`;

const shelf = library({
  files: [
    { ...inHr, contentId: 'con_handbook', name: 'handbook.md', versions: ['Old gardening.', HANDBOOK] },
    { ...inHr, contentId: 'con_friday', name: 'friday.txt', versions: [REPEATED] },
    { ...inHr, contentId: 'con_friday_too', name: 'friday.txt', versions: [REPEATED] },
    { ...inHr, contentId: 'con_bees', name: 'bees.txt', versions: [LONG_LINE] },
  ],
});
const context = specification(retrieveContext).given(shelf);

type Chunk = {
  rank: number;
  contentId: string;
  lineStart: number;
  lineEnd: number;
  text: string;
  tokens: number;
  heading: string | null;
  partialLine: unknown;
};
type Answer = { chunks: Chunk[]; omitted: number; truncated: boolean; notIndexed: number; tokens: { used: number; budget: number } };
const ask = async (args: Record<string, unknown>) => (await context.when(args).answer()) as Answer;

describe('content_retrieve_context', () => {
  it('gives passages with file, version, lines, heading and page', async () => {
    const text = LEAVE[2];
    await context.when({ query: 'carry days over', siteIds: ['sit_hr'] }).thenAnswers({
      query: 'carry days over',
      method: 'lexical',
      chunks: [
        {
          rank: 1,
          contentId: 'con_leave',
          siteId: 'sit_hr',
          name: 'leave.md',
          version: 2,
          lineStart: 1,
          lineEnd: 5,
          partialLine: null,
          heading: 'Leave',
          text,
          textSha256: sha256Hex(text),
          tokens: 15,
          url: 'https://deponent.test/con_leave/2/1/5',
        },
      ],
      notIndexed: 1,
      omitted: 0,
      truncated: false,
      tokens: { used: 15, budget: 8_000, counter: 'o200k' },
    });
  });

  it('testifies to each passage: identity, version, lines, lengths and digests, never text', async () => {
    const digest = sha256Hex(LEAVE[2]);
    await context.when({ query: 'carry days over' }).thenDelivers({
      kind: 'chunks',
      deliveries: [
        {
          contentId: 'con_leave',
          version: 2,
          path: 'HR/Policies/leave.md',
          range: { unit: 'line', start: 1, end: 5, total: 5 },
          length: { bytes: 55, codePoints: 55, lines: 5 },
          truncated: false,
          digests: { textSha256: digest, renditionSha256: digest, sourceSha256: digest },
        },
      ],
    });
  });

  it('testifies to nothing when it gives nothing', async () => {
    for (const query of ['zebra', 'the of and', '?!', 'Secret']) {
      expect(await ask({ query })).toMatchObject({ chunks: [], omitted: 0, truncated: false, tokens: { used: 0 } });
      await context.when({ query }).thenDelivers(null);
    }
  });

  it('says repeated text once, joins neighbours, and gives the passages of a file in the order of its lines', async () => {
    const { chunks } = await ask({ query: 'gardening', maxChunks: 30 });
    expect(chunks.map(({ contentId, lineStart, lineEnd }) => [contentId, lineStart, lineEnd])).toEqual([
      ['con_handbook', 1, 25],
      ['con_friday', 1, 1],
    ]);
    expect(chunks[0]?.text).toBe(HANDBOOK.trimEnd().concat('\n'));
    expect(chunks.map(({ rank }) => rank)).toEqual([1, 2]);
  });

  it('fills the budget with the best and says how much did not fit', async () => {
    const all = await ask({ query: 'gardening' });
    expect(all.tokens.used).toBeGreaterThan(600);
    for (const maxTokens of [500, 640, 8_000]) {
      const { tokens, chunks, omitted, truncated } = await ask({ query: 'gardening', maxTokens });
      expect(tokens.used).toBeLessThanOrEqual(maxTokens);
      expect(tokens.used).toBe(chunks.reduce((sum, chunk) => sum + chunk.tokens, 0));
      for (const chunk of chunks) expect(chunk.tokens).toBe(renditionOf(chunk.text).lines.tokenOffsets.at(-1));
      expect(truncated).toBe(omitted > 0);
      expect(omitted > 0).toBe(maxTokens < all.tokens.used);
    }
    expect((await ask({ query: 'gardening', maxChunks: 2 })).chunks).toMatchObject([{ lineStart: 1, lineEnd: 9, heading: 'Section 1' }]);
  });

  it('gives a part of a line that is too long, and testifies to its bytes', async () => {
    const call = { query: 'beekeeping', maxTokens: 500, siteIds: ['sit_hr'] };
    const [chunk] = (await ask(call)).chunks;
    const [delivery] = (await context.when(call).testimony())?.deliveries ?? [];
    expect(chunk).toMatchObject({ contentId: 'con_bees', lineStart: 1, lineEnd: 1, partialLine: { lineBytes: Buffer.byteLength(LONG_LINE) } });
    expect(delivery?.range?.unit).toBe('byte');
    expect(
      Buffer.from(LONG_LINE)
        .subarray((delivery?.range?.start ?? 0) - 1, delivery?.range?.end)
        .toString(),
    ).toBe(chunk?.text);
  });

  it('looks only where it is asked to, and where the caller may', async () => {
    expect((await ask({ query: 'signed' })).chunks).toMatchObject([{ contentId: 'con_deed' }]);
    expect((await ask({ query: 'signed', siteIds: ['sit_hr'] })).chunks).toEqual([]);
    expect((await ask({ query: 'gardening', mimeTypes: ['text/markdown'] })).chunks.map(({ contentId }) => contentId)).toEqual(['con_handbook']);
    await context.when({ query: 'signed', siteIds: ['sit_vault'] }).thenRefuses('not_found', 'There is no site with this siteId that you may see.');
    await context.when({ query: 'signed', siteIds: ['sit_hr', 'sit_none'] }).thenRefuses('not_found', 'There is no site with this siteId that you may see.');
  });

  it('takes no endless query', () => context.when({ query: 'x'.repeat(4_001) }).thenRefuses('invalid_params', 'query must be at most 4000'));

  it.each([
    [{}, 'query is required'],
    [{ query: 'x', siteIds: [] }, 'siteIds must name at least one site'],
    [{ query: 'x', maxChunks: 201 }, 'maxChunks must be at most 200'],
    [{ query: 'x', maxTokens: 499 }, 'maxTokens must be at least 500'],
    [{ query: 'x', maxTokens: 64_001 }, 'maxTokens must be at most 64000'],
  ])('names the argument: %j', (args, words) => context.when(args).thenRefuses('invalid_params', words));
});
