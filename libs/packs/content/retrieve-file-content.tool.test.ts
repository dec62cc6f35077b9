import { describe, expect, it } from '@jest/globals';
import { sha256Hex } from '#kernel';
import type { Testimony } from '#tools';
import { specification } from '#tools/spec';
import { LEAVE, library } from './library.fixture.ts';
import retrieveFileContent from './retrieve-file-content.tool.ts';

const LONG_LINE = 'é leave '.repeat(2_000);
const NUMBERED = Array.from({ length: 900 }, (_, index) => `Line ${index + 1} says something about leave.\n`);
const TEXTS = { con_long: `Before\n${LONG_LINE}\nAfter`, con_numbered: NUMBERED.join('') };

const file = specification(retrieveFileContent).given(
  library({
    files: Object.entries(TEXTS).map(([contentId, text]) => ({
      contentId,
      siteId: 'sit_hr',
      parentId: null,
      name: `${contentId}.txt`,
      versions: [text],
      at: '2026-06-01T00:00:00.000Z',
    })),
  }),
);
const leave = (args: Record<string, unknown>) => file.when({ contentId: 'con_leave', ...args });

describe('content_retrieve_file_content', () => {
  it('gives the whole current text', () =>
    leave({}).thenAnswers({
      contentId: 'con_leave',
      siteId: 'sit_hr',
      name: 'leave.md',
      version: 2,
      current: true,
      url: 'https://deponent.test/con_leave/2/1/5',
      text: LEAVE[2],
      lineStart: 1,
      lineEnd: 5,
      totalLines: 5,
      truncated: false,
      partialLine: null,
      nextLines: null,
      tokens: { used: 15, budget: 12_000, counter: 'o200k' },
      textSha256: sha256Hex(LEAVE[2]),
    }));

  it('testifies to the whole file: identity, version, lines, lengths and digests, never text', async () => {
    const digests = { textSha256: sha256Hex(LEAVE[2]), renditionSha256: sha256Hex(LEAVE[2]), sourceSha256: sha256Hex(LEAVE[2]) };
    await leave({}).thenDelivers({
      kind: 'file_text',
      deliveries: [
        {
          contentId: 'con_leave',
          version: 2,
          path: 'HR/Policies/leave.md',
          range: { unit: 'line', start: 1, end: 5, total: 5 },
          length: { bytes: 55, codePoints: 55, lines: 5 },
          truncated: false,
          digests,
        },
      ],
    });
  });

  describe('lines', () => {
    it('gives a range, both ends included, and testifies to exactly that', async () => {
      expect(await leave({ lines: { start: 3, end: 4 } }).answer()).toMatchObject({
        text: 'Twenty-five days.\nAsk early.\n',
        lineStart: 3,
        lineEnd: 4,
        truncated: false,
        nextLines: null,
      });
      expect(await leave({ lines: { start: 3, end: 4 } }).testimony()).toMatchObject({
        kind: 'line_range',
        deliveries: [
          { range: { unit: 'line', start: 3, end: 4, total: 5 }, length: { lines: 2 }, digests: { textSha256: sha256Hex('Twenty-five days.\nAsk early.\n') } },
        ],
      });
    });

    it('stops at the end of the file', async () => {
      expect(await leave({ lines: { start: 5, end: 900 } }).answer()).toMatchObject({ text: 'Carry over five.\n', lineEnd: 5, truncated: false });
    });

    it('gives nothing past the end, and testifies to an empty delivery', async () => {
      expect(await leave({ lines: { start: 40, end: 50 } }).answer()).toMatchObject({
        text: '',
        lineStart: 6,
        lineEnd: 5,
        totalLines: 5,
        url: 'https://deponent.test/con_leave/2',
      });
      expect(await leave({ lines: { start: 40, end: 50 } }).testimony()).toMatchObject({
        kind: 'line_range',
        deliveries: [{ range: { start: 6, end: 5, total: 5 }, length: { bytes: 0, codePoints: 0, lines: 0 } }],
      });
    });

    it('gives an empty file as it is: no lines', async () => {
      expect(await file.when({ contentId: 'con_empty' }).answer()).toMatchObject({ text: '', lineStart: 1, lineEnd: 0, totalLines: 0, truncated: false });
      expect(await file.when({ contentId: 'con_empty' }).testimony()).toMatchObject({ kind: 'file_text', deliveries: [{ length: { lines: 0 } }] });
    });
  });

  describe('a budget', () => {
    it('cuts at a line end and says where to go on', async () => {
      const answer = await file.when({ contentId: 'con_numbered', maxTokens: 500 }).answer();
      const { lineEnd, text, tokens } = answer as { lineEnd: number; text: string; tokens: { used: number } };
      expect(text).toBe(NUMBERED.slice(0, lineEnd).join(''));
      expect(tokens.used).toBeLessThanOrEqual(500);
      expect(answer).toMatchObject({ truncated: true, nextLines: { start: lineEnd + 1, end: 900 }, partialLine: null });
    });

    it.each(Object.entries(TEXTS))('gives all of %s, once, to whoever follows nextLines; so do the deliveries', async (contentId, text) => {
      const parts: string[] = [];
      const delivered: Testimony['deliveries'][number][] = [];
      let lines: unknown;
      do {
        const call = file.when({ contentId, maxTokens: 700, ...(lines === undefined ? {} : { lines }) });
        const answer = await call.answer();
        parts.push(String(answer.text));
        delivered.push(...((await call.testimony())?.deliveries ?? []));
        lines = answer.nextLines ?? undefined;
      } while (lines !== undefined);
      expect(parts.length).toBeGreaterThan(4);
      expect(parts.join('')).toBe(text);
      expect(delivered.reduce((sum, { length }) => sum + length.bytes, 0)).toBe(Buffer.byteLength(text));
      expect(delivered.reduce((sum, { length }) => sum + length.codePoints, 0)).toBe([...text].length);
    });

    it('names a part of a line by its bytes in the text of the file', async () => {
      const first = await file.when({ contentId: 'con_long', maxTokens: 700, lines: { start: 2, end: 2 } }).answer();
      const { startByte } = first.nextLines as { startByte: number };
      expect(first).toMatchObject({ truncated: true, partialLine: { byteStart: 0, byteEnd: startByte, lineBytes: Buffer.byteLength(LONG_LINE) + 1 } });

      const second = file.when({ contentId: 'con_long', maxTokens: 700, lines: first.nextLines });
      const { text } = await second.answer();
      const { range, truncated } = (await second.testimony())?.deliveries[0] ?? {};
      expect([range?.unit, truncated]).toEqual(['byte', true]);
      expect(
        Buffer.from(TEXTS.con_long)
          .subarray((range?.start ?? 0) - 1, range?.end)
          .toString(),
      ).toBe(text);
    });
  });

  describe('versions', () => {
    it('are chosen by number; 0 is the original', async () => {
      expect(await leave({ version: 0 }).answer()).toMatchObject({ version: 0, current: false, text: LEAVE[0], url: 'https://deponent.test/con_leave/0/1/3' });
      expect(await leave({ version: 2 }).answer()).toMatchObject({ version: 2, current: true, text: LEAVE[2] });
      expect(await leave({ version: 1 }).testimony()).toMatchObject({ deliveries: [{ version: 1, digests: { sourceSha256: sha256Hex(LEAVE[1]) } }] });
    });

    it.each([
      ['2026-02-01T00:00:00.000Z', 0],
      ['2026-02-01T23:59:59.999Z', 0],
      ['2026-02-02T01:00:00+01:00', 1],
      ['2030-01-01T00:00:00Z', 2],
    ])('are chosen by time: at %s it was %i', async (versionAsOf, version) => {
      expect(await leave({ versionAsOf }).answer()).toMatchObject({ version, text: LEAVE[version as 0 | 1 | 2] });
    });

    it('are not guessed', async () => {
      await leave({ version: 3 }).thenRefuses('not_found', 'the file has versions 0 to 2');
      await file.when({ contentId: 'con_empty', version: 1 }).thenRefuses('not_found', 'only version 0');
      await leave({ versionAsOf: '2026-01-31T23:59:59Z' }).thenRefuses('not_found', 'first version, which was saved at 2026-02-01T00:00:00.000Z');
      await leave({ version: 1, versionAsOf: '2026-02-02T00:00:00Z' }).thenRefuses('invalid_params', 'not both');
    });
  });

  it('has nothing to give of a file without text, and says why', () =>
    file.when({ contentId: 'con_photo' }).thenRefuses('unsupported_media_type', 'Text is not taken from images.'));

  it('does not tell what may not be seen from what does not exist', async () => {
    const words = 'There is no content with this contentId that you may see.';
    await file.when({ contentId: 'con_secret' }).thenRefuses('not_found', words);
    await file.when({ contentId: 'con_none' }).thenRefuses('not_found', words);
  });

  it('takes a correlation id, of a certain form', async () => {
    expect(await leave({ correlationId: 'case-42' }).answer()).toEqual(await leave({}).answer());
    await leave({ correlationId: 'no spaces' }).thenRefuses('invalid_params', 'correlationId must be 1 to 128 characters');
  });

  it.each([
    [{}, 'contentId is required'],
    [{ contentId: 'con_policies' }, 'contentId names a folder'],
    [{ contentId: 'con_leave', maxTokens: 499 }, 'maxTokens must be at least 500'],
    [{ contentId: 'con_leave', maxTokens: 32_001 }, 'maxTokens must be at most 32000'],
    [{ contentId: 'con_leave', version: -1 }, 'version must be at least 0'],
    [{ contentId: 'con_leave', version: 'latest' }, 'version must be a number'],
    [{ contentId: 'con_leave', versionAsOf: '2026-02-02' }, 'versionAsOf must be a time with its zone'],
    [{ contentId: 'con_leave', lines: '3-4' }, 'lines must be an object'],
    [{ contentId: 'con_leave', lines: { start: 3 } }, 'lines.end is required'],
    [{ contentId: 'con_leave', lines: { start: 0, end: 1 } }, 'lines.start must be at least 1'],
    [{ contentId: 'con_leave', lines: { start: 4, end: 3 } }, 'lines.start is greater than lines.end'],
    [{ contentId: 'con_long', lines: { start: 2, end: 2, startByte: 1 } }, 'startByte'],
  ])('names the argument: %j', (args, words) => file.when(args).thenRefuses('invalid_params', words));
});
