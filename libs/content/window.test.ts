import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isRefusal } from '#kernel';
import { renditionOf } from './lines.ts';
import type { Rendition } from './ports.ts';
import { countTokens } from './tokens.ts';
import { takeWindow, type Window } from './window.ts';

const five = renditionOf('line one\nline two\nline three\nline four\nline five');
const PLENTY = 32_000;

function windowOf(rendition: Rendition, asked: Parameters<typeof takeWindow>[1]): Window {
  const taken = takeWindow(rendition, asked);
  if (isRefusal(taken)) throw new Error(taken.message);
  return taken;
}

function followed(rendition: Rendition, maxTokens: number): Window[] {
  const windows = [windowOf(rendition, { maxTokens })];
  for (let next = windows[0]!.nextLines; next; next = windows.at(-1)!.nextLines) windows.push(windowOf(rendition, { lines: next, maxTokens }));
  return windows;
}

describe('a window', () => {
  it('is the whole text when it fits', () => {
    expect(windowOf(five, { maxTokens: PLENTY })).toEqual({
      text: five.bytes,
      lineStart: 1,
      lineEnd: 5,
      totalLines: 5,
      truncated: false,
      nextLines: null,
      partialLine: null,
      tokensUsed: five.lines.tokenOffsets[5],
    });
  });

  it('is exactly the lines asked for, and nothing of them is left', () => {
    const taken = windowOf(five, { lines: { start: 2, end: 3 }, maxTokens: PLENTY });
    expect(taken).toMatchObject({ lineStart: 2, lineEnd: 3, totalLines: 5, truncated: false, nextLines: null });
    expect(taken.text.toString()).toBe('line two\nline three\n');
  });

  it('is cut at a line end by the budget, and names the rest of what was asked for', () => {
    const budget = countTokens('line two\n') + countTokens('line three\n') + 1;
    const taken = windowOf(five, { lines: { start: 2, end: 99 }, maxTokens: budget });
    expect(taken).toMatchObject({ lineStart: 2, lineEnd: 3, truncated: true, nextLines: { start: 4, end: 5 }, tokensUsed: budget - 1 });
  });

  it('is empty past the end and in an empty file, with the total', () => {
    const nothing = { lineStart: 6, lineEnd: 5, totalLines: 5, truncated: false, nextLines: null, partialLine: null, tokensUsed: 0 };
    expect(windowOf(five, { lines: { start: 6, end: 9 }, maxTokens: PLENTY })).toMatchObject(nothing);
    expect(windowOf(five, { lines: { start: 600, end: 900 }, maxTokens: PLENTY })).toMatchObject(nothing);
    expect(windowOf(renditionOf(''), { maxTokens: PLENTY })).toMatchObject({ ...nothing, lineStart: 1, lineEnd: 0, totalLines: 0 });
  });

  it('cuts inside the one line that exceeds the budget, never inside a character', () => {
    const long = renditionOf(`short\n${'中文😀'.repeat(400)}\nend\n`);
    const budget = 500;
    expect(windowOf(long, { maxTokens: budget })).toMatchObject({ lineStart: 1, lineEnd: 1, nextLines: { start: 2, end: 3 }, partialLine: null });
    const first = windowOf(long, { lines: { start: 2, end: 3 }, maxTokens: budget });
    const { byteEnd } = first.partialLine!;
    expect(first).toMatchObject({
      lineStart: 2,
      lineEnd: 2,
      truncated: true,
      partialLine: { byteStart: 0, lineBytes: 4001 },
      nextLines: { start: 2, end: 3, startByte: byteEnd },
    });
    expect(first.text.toString().isWellFormed() && !first.text.toString().includes('\uFFFD')).toBe(true);
    expect(first.tokensUsed).toBeGreaterThan(budget / 2);
    const second = windowOf(long, { lines: first.nextLines!, maxTokens: budget });
    expect(second.partialLine).toMatchObject({ byteStart: byteEnd });
  });

  it.each([
    [{ start: 3, end: 2 }, 'lines.start'],
    [{ start: 0, end: 2 }, 'lines.start'],
    [{ start: 1, end: 2, startByte: 9 }, 'lines.startByte'],
    [{ start: 1, end: 2, startByte: 1.5 }, 'lines.startByte'],
  ])('refuses %j', (lines, path) => {
    expect(takeWindow(five, { lines, maxTokens: PLENTY })).toMatchObject({ code: 'invalid_params', issues: [{ path }] });
  });

  it('refuses to begin inside a character', () => {
    expect(takeWindow(renditionOf('中文'), { lines: { start: 1, end: 1, startByte: 1 }, maxTokens: PLENTY })).toMatchObject({ code: 'invalid_params' });
  });
});

describe('following nextLines', () => {
  const line = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.string({ unit: fc.constantFrom('a', ' ', 'word ', '中', '😀', '{"k":'), maxLength: 900 }),
    fc.constant(''),
  );
  const text = fc
    .array(
      line.map((one) => one.replaceAll(/[\r\n]/g, ' ')),
      { maxLength: 30 },
    )
    .map((lines) => lines.join('\n'));

  it('gives every byte exactly once, for any text and any budget', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 400 }), (written, maxTokens) => {
        const rendition = renditionOf(written);
        const windows = followed(rendition, maxTokens);
        expect(Buffer.concat(windows.map((one) => one.text)).equals(rendition.bytes)).toBe(true);
        for (const one of windows) {
          expect(one.truncated).toBe(one.nextLines !== null);
          expect(one.tokensUsed <= maxTokens || [...one.text.toString()].length === 1).toBe(true);
          if (!one.partialLine) expect(one.text.toString()).toBe(linesOf(written, one.lineStart, one.lineEnd));
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** `sed -n 'start,endp'`, written another way. */
function linesOf(text: string, start: number, end: number): string {
  return (text.match(/[^\n]*\n|[^\n]+$/g) ?? []).slice(start - 1, end).join('');
}
