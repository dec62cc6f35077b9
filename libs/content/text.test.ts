import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { countTokens as countInOne } from 'gpt-tokenizer/encoding/o200k_base';
import { LIMITS } from '#kernel';
import { extract } from './extraction.ts';
import { contentTypeOf } from './formats.ts';
import { renditionOf, totalLinesOf } from './lines.ts';
import { extensionOf, nameKey, nameProblem } from './names.ts';
import { decodeRendition, encodeRendition } from './rendition.ts';
import { decodeText } from './text.ts';
import { countTokens, fitTokens } from './tokens.ts';

const utf16le = (text: string) => Buffer.from(text, 'utf16le');
const utf16be = (text: string) => utf16le(text).swap16();
const latin1 = (text: string) => Buffer.from(text, 'latin1');
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('decoding', () => {
  const prose = 'Größe: 5 €\nnaïve — “quoted”\n日本語の文章。\n';

  it.each([
    ['UTF-8', Buffer.from(prose), prose],
    ['UTF-8 with a byte order mark', Buffer.concat([hex('efbbbf'), Buffer.from(prose)]), prose],
    ['UTF-16LE with a byte order mark', Buffer.concat([hex('fffe'), utf16le(prose)]), prose],
    ['UTF-16BE with a byte order mark', Buffer.concat([hex('feff'), utf16be(prose)]), prose],
    ['UTF-16LE without one', utf16le('plain text, line 1\nline 2\n'), 'plain text, line 1\nline 2\n'],
    ['UTF-16BE without one', utf16be('plain text, line 1\nline 2\n'), 'plain text, line 1\nline 2\n'],
    ['Chinese in UTF-16LE without one', utf16le('第一条 规定\n第二条 假期\n第三条 工资\n'), '第一条 规定\n第二条 假期\n第三条 工资\n'],
    ['windows-1252, one accent', latin1('caf\xe9\n'), 'café\n'],
    ['windows-1252 with its own quotes and euro', latin1('He said \x93hello\x94 \x97 it\x92s 5 \x80 today\n'), 'He said “hello” — it’s 5 € today\n'],
    ['ISO 8859-1', latin1('Für die Größe der Straße gilt § 5 Abs. 2\n'), 'Für die Größe der Straße gilt § 5 Abs. 2\n'],
    ['Shift_JIS', hex('93fa 967b 8cea 82cc 8365 834c 8358 8367 82c5 82b7 8142 0a'), '日本語のテキストです。\n'],
    ['windows-1251', hex('cff0e8e2e5f220ece8f02c20fdf2ee20f2e5eaf1f20a'), 'Привет мир, это текст\n'],
    ['one accent after 300 KB of ASCII', latin1(`${'plain line of a log\n'.repeat(15_000)}caf\xe9\n`), `${'plain line of a log\n'.repeat(15_000)}café\n`],
    ['an empty file', Buffer.alloc(0), ''],
    ['a log with terminal colours', Buffer.from('\x1b[31mERROR\x1b[0m disk full\n'), '\x1b[31mERROR\x1b[0m disk full\n'],
  ])('reads %s', (_, bytes, text) => {
    expect(decodeText(bytes)).toBe(text);
  });

  it('ends lines at CRLF, LF and lone CR, and nowhere else', () => {
    expect(decodeText(Buffer.from('a\r\nb\rc\n\r\r\nd\u2028e\u0085f\vg\fh'))).toBe('a\nb\nc\n\n\nd\u2028e\u0085f\vg\fh');
  });

  it('gives every well-formed text back, whichever Unicode form it came in', () => {
    const written = fc.string({ unit: fc.constantFrom(...'ab zé\n中文日😀—“”ßñ\t1,.'), minLength: 1 });
    fc.assert(
      fc.property(written, (text) => {
        expect(decodeText(Buffer.from(text))).toBe(text);
        expect(decodeText(Buffer.concat([hex('fffe'), utf16le(text)]))).toBe(text);
        expect(decodeText(Buffer.concat([hex('feff'), utf16be(text)]))).toBe(text);
      }),
    );
  });
});

const sent = (extension: string, contentType: string | null = null) => ({ extension, contentType });
const UNKNOWN = sent('');

describe('extraction', () => {
  it.each([
    ['an old Office document', Buffer.concat([hex('d0cf11e0a1b11ae1'), randomBytes(500)]), 'old Office documents', null],
    ['a PNG', Buffer.concat([hex('89504e470d0a1a0a'), randomBytes(500)]), 'images', 'image/png'],
    ['random bytes', Buffer.concat([hex('00ff'), randomBytes(4096)]), 'binary files', null],
    ['random bytes without NUL', Buffer.concat([hex('01ff'), randomBytes(4096).map((byte) => byte || 1)]), 'binary files', null],
    ['text with NUL bytes', Buffer.from('looks like text\0but is not\n'), 'binary files', null],
    ['UTF-16 with half a surrogate pair', Buffer.concat([hex('fffe'), hex('00d8 4100')]), 'binary files', null],
  ])('says why %s has no text', (_, bytes, reason, contentType) => {
    expect(extract(bytes, UNKNOWN)).toEqual({ status: 'no_text', text: null, reason: `Text is not taken from ${reason}.`, extractor: null, contentType });
  });

  it.each([
    ['a PDF, whatever it is called', Buffer.from('%PDF-1.7\nreadable enough\n'), sent('txt', 'text/plain'), 'application/pdf'],
    ['RTF', Buffer.from('{\\rtf1 Hello}'), UNKNOWN, 'application/rtf'],
    ['a ZIP container', Buffer.concat([latin1('PK\x03\x04'), randomBytes(500)]), UNKNOWN, null],
    ['HTML by its name', Buffer.from('<p>x</p>'), sent('html'), 'text/html'],
    ['HTML by its type', Buffer.from('<p>x</p>'), sent('', 'text/html; charset=utf-8'), 'text/html'],
    ['HTML by its first characters', Buffer.from('\n<!DOCTYPE html><p>x'), UNKNOWN, 'text/html'],
    ['mail', Buffer.from('Received: by x\r\n\r\nHello'), sent('eml'), 'message/rfc822'],
  ])('leaves %s to an extractor', (_, bytes, from, contentType) => {
    expect(extract(bytes, from)).toEqual({ status: 'pending', text: null, reason: null, extractor: null, contentType });
  });

  it.each([
    ['Markdown that begins as HTML', '<html>', sent('md'), null],
    ['what is called mail and is none', 'Hello', sent('eml'), null],
    ['what is called a PDF and is none', 'Hello', sent('pdf'), 'text/plain'],
    ['what is declared an image and is none', 'Hello', sent('', 'image/png'), 'text/plain'],
  ])('takes %s as it is', (_, text, from, contentType) => {
    expect(extract(Buffer.from(text), from)).toMatchObject({ status: 'ok', text, contentType });
  });

  it('says of an empty file that it is empty', () => {
    expect(extract(Buffer.alloc(0), sent('pdf'))).toMatchObject({ status: 'ok', text: '', reason: 'The file is empty.' });
  });

  it('takes text for text whatever signature it happens to begin with', () => {
    expect(extract(Buffer.from('ID3 tags, explained\n'), UNKNOWN)).toEqual({
      contentType: null,
      status: 'ok',
      text: 'ID3 tags, explained\n',
      reason: null,
      extractor: { name: 'text', version: '1' },
    });
  });

  it('takes whole lines of a text beyond the limit, and says so', () => {
    const line = `${'x'.repeat(99_999)}\n`;
    const lines = LIMITS.renditionCharacters / line.length;
    const extracted = extract(Buffer.from(`${line.repeat(lines - 1)}${'y'.repeat(200_000)}\nz\n`), UNKNOWN);
    expect([extracted.status, extracted.text?.length]).toEqual(['partial', LIMITS.renditionCharacters - line.length]);
    expect(extracted.reason).toContain('20000000');
  });
});

describe('lines and tokens', () => {
  it.each([
    ['', 0],
    ['\n', 1],
    ['a', 1],
    ['a\n', 1],
    ['a\nb', 2],
    ['\n\n', 2],
    ['a\n\nb\n', 3],
  ])('%j has %d lines', (text, total) => {
    expect(totalLinesOf(renditionOf(text))).toBe(total);
  });

  it('keeps byte offsets and token sums of every line, in characters of every length', () => {
    const lines = ['plain\n', 'naïve\n', '中文字\n', '😀 emoji\n', 'last'];
    const { bytes, lines: table } = renditionOf(lines.join(''));
    lines.forEach((line, index) => {
      expect(bytes.toString('utf8', table.byteOffsets[index], table.byteOffsets[index + 1])).toBe(line);
      expect(table.tokenOffsets[index + 1]! - table.tokenOffsets[index]!).toBe(countTokens(line));
    });
  });

  it('counts as o200k_base does: known values', () => {
    expect(countTokens('hello world')).toBe(2);
    expect(countTokens('tiktoken is great!')).toBe(6);
    expect(countTokens('')).toBe(0);
  });

  it('counts the names of special tokens as text', () => {
    expect(countTokens('<|endoftext|>')).toBe(7);
  });

  it('counts long prose in pieces as it does in one', () => {
    const sentence = 'The committee shall meet at least four times a year, and whenever its chair thinks fit. ';
    expect(countTokens(sentence.repeat(50))).toBe(countInOne(sentence.repeat(50)));
  });

  it('is quick on a million times one character', () => {
    const start = performance.now();
    countTokens('a'.repeat(1_000_000));
    countTokens('中'.repeat(100_000));
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  it('fits whole code points into any budget, at least one, and prices them as it counted them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1500 }), fc.integer({ min: 0, max: 600 }), (text, budget) => {
        const bytes = Buffer.from(text);
        const fitting = fitTokens(bytes, budget);
        const taken = bytes.toString('utf8', 0, fitting.bytes);
        expect(text.startsWith(taken) && taken.isWellFormed() && taken.length > 0).toBe(true);
        expect(fitting.tokens <= budget || [...taken].length === 1).toBe(true);
        if (countTokens(text) <= budget) expect(fitting).toEqual({ bytes: bytes.length, tokens: countTokens(text) });
      }),
    );
  });
});

describe('a stored rendition', () => {
  it('comes back as it was, wherever its bytes lie in memory', () => {
    const rendition = renditionOf('one\nzwei — 中文\nthree');
    const stored = encodeRendition(rendition);
    for (const shift of [0, 1, 2, 3]) {
      const moved = Buffer.concat([Buffer.alloc(8 + shift), stored]).subarray(8 + shift);
      expect(decodeRendition(moved)).toEqual(rendition);
    }
  });

  it('is refused when it is none, or cut off', () => {
    expect(() => decodeRendition(Buffer.from('something else entirely'))).toThrow('no rendition');
    expect(() => decodeRendition(encodeRendition(renditionOf('a\nb\n')).subarray(0, 20))).toThrow('cut off');
  });
});

describe('names', () => {
  it.each([
    ['notes.md', null],
    ['日本語.txt', null],
    ['.gitignore', null],
    ['-rf', null],
    ['a b', null],
    ['', 'needed'],
    ['   ', 'needed'],
    ['..', 'dot'],
    ['a/b', 'slashes'],
    ['a\\b', 'slashes'],
    ['a\nb', 'control'],
    ['a\0', 'control'],
    ['\u2028', 'needed'],
    ['a\u2028b', 'control'],
    ['\uD800', 'broken'],
    ['x'.repeat(501), '500'],
    ['😀'.repeat(500), null],
  ])('%j: %s', (name, problem) => {
    if (problem === null) expect(nameProblem(name)).toBeNull();
    else expect(nameProblem(name)).toContain(problem);
  });

  it('are the same when only case or composition differs', () => {
    expect(nameKey('Re\u0301sume\u0301')).toBe(nameKey('RÉSUMÉ'));
    expect(nameKey('a')).not.toBe(nameKey('b'));
  });

  it.each([
    ['a.MD', 'md'],
    ['a.tar.gz', 'gz'],
    ['.gitignore', ''],
    ['none', ''],
    ['dot.', ''],
    ['strange.a b', ''],
  ])('%s has extension %j', (name, extension) => {
    expect(extensionOf(name)).toBe(extension);
  });

  it('give content types to what declares none', () => {
    expect([contentTypeOf('md', true), contentTypeOf('rs', true), contentTypeOf('', false), contentTypeOf('pdf', false)]).toEqual([
      'text/markdown',
      'text/plain',
      'application/octet-stream',
      'application/pdf',
    ]);
  });
});
