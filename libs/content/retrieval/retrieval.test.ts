import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { renditionOf } from '../lines.ts';
import type { ContentItem, FoundChunk } from '../ports.ts';
import { analyze } from './analyzer.ts';
import { chunksOf } from './chunker.ts';
import { indexedChunks } from './indexed-chunks.ts';
import { joinNeighbours, packChunks, windowOf } from './packing.ts';
import { blockOf, countPostings, type Posting, packPostings, readPostings, withoutChunks } from './posting-blocks.ts';
import { type PostingBlock, rankChunks } from './ranking.ts';

describe('the analyzer', () => {
  it.each([
    ['Employees’ holidays were taken generously.', ['employe', 'holiday', 'were', 'taken', 'generous']],
    ["The company's rules; the companies' rules", ['compani', 'rule', 'compani', 'rule']],
    ['ＡＢＣ ﬁnal Straße', ['abc', 'final', 'straße']],
    ['a dose of 1,000.50 mg in 2024', ['dose', '1,000.50', 'mg', '2024']],
    ['getUserName HTTPServer retry_count', ['getusername', 'get', 'user', 'name', 'httpserver', 'http', 'server', 'retry_count', 'retri', 'count']],
    ['全文検索とIndex', ['全文', '文検', '検索', '索と', 'index']],
    ['中', ['中']],
    ['', []],
    ['— … !?', []],
  ])('%s', (text, terms) => {
    expect(analyze(text)).toEqual(terms);
  });

  it('does not choke on what is no word', () => {
    expect(analyze(`${'x'.repeat(100_000)} y`)).toEqual(['y']);
  });
});

const MOST = 400;
const prose = (words: number, word = 'word') => Array.from({ length: words }, (_, n) => (n % 9 === 8 ? `${word}. ` : `${word} `)).join('');
const extents = (text: string) => chunksOf(renditionOf(text)).map(({ lineStart, lineEnd }) => [lineStart, lineEnd]);

describe('chunks', () => {
  it('end before headings and, when large enough, between paragraphs', () => {
    const paragraph = `${prose(100)}\n\n`;
    expect(extents(`# One\n\nText.\n\n## Two\n\nText.\n\n${paragraph.repeat(3)}`)).toEqual([
      [1, 3],
      [5, 11],
      [13, 13],
    ]);
    expect(extents('# One\n## Two\n\n### Three\nText.\n')).toEqual([[1, 5]]);
    expect(extents('\n\n \nText.\n\n\n')).toEqual([[4, 4]]);
    expect(extents('```\n# no heading\ntext\n```\n# Heading\n')).toEqual([
      [1, 4],
      [5, 5],
    ]);
    expect(extents('')).toEqual([]);
    expect(extents('\n'.repeat(5_000))).toEqual([]);
  });

  it('know the headings they stand under', () => {
    const headings = chunksOf(renditionOf('# A\nx\n## B\nx\n### C\nx\n## D\nx\n# E\nx\n')).map(({ headings }) => headings);
    expect(headings).toEqual([[1], [1, 3], [1, 3, 5], [1, 7], [9]]);
  });

  it('cut a long line after a sentence; the heading before it stands in the heading path only', () => {
    const text = `# Title\n\n${prose(1_000)}\n`;
    const chunks = chunksOf(renditionOf(text));
    expect(chunks.length).toBeGreaterThan(3);
    for (const { lineStart, lineEnd, headings } of chunks) expect([lineStart, lineEnd, headings]).toEqual([3, 3, [1]]);
    const texts = chunks.map(({ byteStart, byteEnd }) => Buffer.from(text).toString('utf8', byteStart, byteEnd));
    expect(texts.join('')).toBe(text.slice('# Title\n\n'.length));
    for (const each of texts.slice(0, -1)) expect(each).toMatch(/\. $/);
    expect(indexedChunks(renditionOf(text), 'name.md').next().value?.terms.get('titl')).toBe(2);
  });

  it('hold every line that is not blank once, within the limit, in order (property)', () => {
    const line = fc.oneof(
      { weight: 4, arbitrary: fc.string({ maxLength: 40 }) },
      { weight: 2, arbitrary: fc.constant('') },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }).map((level) => `${'#'.repeat(level)} Heading`) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 700 }).map((words) => prose(words, '字 word')) },
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        const rendition = renditionOf(lines.map((text) => text.replace(/[\r\n]/g, '')).join('\n'));
        let end = 0;
        for (const chunk of chunksOf(rendition)) {
          expect(chunk.byteStart).toBeGreaterThanOrEqual(end);
          const skipped = rendition.bytes.toString('utf8', end, chunk.byteStart);
          expect(skipped.replace(/^#+ Heading$/gm, '').trim()).toBe('');
          expect(chunk.tokens).toBeLessThanOrEqual(MOST);
          expect(windowOf({ ...chunk, item, ordinal: 0, headingLine: null }, rendition).text.toString()).not.toContain('\uFFFD');
          end = chunk.byteEnd;
        }
        expect(
          rendition.bytes
            .toString('utf8', end)
            .replace(/^#+ Heading$/gm, '')
            .trim(),
        ).toBe('');
      }),
      { numRuns: 200 },
    );
  });
});

describe('posting blocks', () => {
  it('give back what was packed, grow at their end, and lose a file', () => {
    const postings: Posting[] = [1_024, 1_030, 2_047].map((chunk, n) => ({ chunk, length: 200 + n, frequency: n + 1 }));
    const block = Buffer.concat([packPostings(postings.slice(0, 1)), packPostings(postings.slice(1))]);
    const read: number[][] = [];
    readPostings(block, (...posting) => read.push(posting));
    expect(read).toEqual([
      [0, 200, 1],
      [6, 201, 2],
      [1_023, 202, 3],
    ]);
    expect([blockOf(1_023), blockOf(1_024)]).toEqual([0, 1]);
    expect(countPostings(withoutChunks(block, 1, { first: 1_026, count: 6 }))).toBe(2);
    expect(withoutChunks(block, 1, { first: 0, count: 5_000 })).toHaveLength(0);
    expect(withoutChunks(block, 2, { first: 1_024, count: 1_000 })).toEqual(block);
    readPostings(packPostings([{ chunk: 0, length: 1e6, frequency: 1e6 }]), (...posting) => expect(posting).toEqual([0, 65_535, 255]));
  });
});

describe('ranking', () => {
  const LENGTHS = [100, 50, 200, 100];
  const block = (term: string, frequencies: readonly number[]): PostingBlock => ({
    site: 1,
    term,
    block: 0,
    postings: packPostings(frequencies.flatMap((frequency, chunk) => (frequency === 0 ? [] : [{ chunk, length: LENGTHS[chunk] ?? 0, frequency }]))),
  });
  const statistics = { chunks: 4, length: 450 };
  const blocks = [block('a', [1, 1, 3, 0]), block('b', [0, 2, 0, 0])];

  it('is BM25 with k1 1.2 and b .75', () => {
    const idf = (found: number) => Math.log(1 + (4 - found + 0.5) / (found + 0.5));
    const part = (found: number, frequency: number, length: number) => (idf(found) * frequency * 2.2) / (frequency + 1.2 * (0.25 + (0.75 * length) / 112.5));
    const ranked = rankChunks(
      blocks,
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
      statistics,
    ).best(10, null);
    expect(ranked.map(({ chunk }) => chunk)).toEqual([1, 2, 0]);
    expect(ranked[0]?.score).toBeCloseTo(part(3, 1, 50) + 2 * part(1, 2, 50), 12);
    expect(ranked[1]?.score).toBeCloseTo(part(3, 3, 200), 12);
  });

  it('gives the next best after the last, each once, equals by place', () => {
    const many = Array.from({ length: 5_000 }, (_, chunk) => ({ chunk, length: 100, frequency: 1 + (chunk % 3) }));
    const spread = Map.groupBy(many, ({ chunk }) => blockOf(chunk));
    const ranking = rankChunks(
      [...spread].map(([at, postings]) => ({ site: at % 2, term: 'a', block: at, postings: packPostings(postings) })),
      new Map([['a', 1]]),
      { chunks: 5_000, length: 500_000 },
    );
    const all = ranking.best(5_000, null);
    const paged = [];
    for (let page = ranking.best(37, null); page.length > 0; page = ranking.best(37, page.at(-1) ?? null)) paged.push(...page);
    expect(paged).toEqual(all);
    expect(new Set(all.map(({ chunk }) => chunk)).size).toBe(5_000);
  });
});

// What packing looks at is the id alone.
const item = { contentId: 'con_a' } as ContentItem;

describe('packing', () => {
  const chunk = (n: number, tokens: number, of = item): FoundChunk => ({
    item: of,
    lineStart: n,
    lineEnd: n,
    byteStart: n * 10,
    byteEnd: n * 10 + 10,
    tokens,
    headingLine: null,
    ordinal: n,
    fingerprint: `${of.contentId} ${n}`,
  });
  const other = { contentId: 'con_b' } as ContentItem;

  it('takes the best that fit, and smaller ones after those that do not', () => {
    const found = [chunk(1, 300), chunk(2, 300, other), chunk(3, 100), { ...chunk(4, 50), fingerprint: 'con_a 1' }];
    const packed = packChunks(found, { maxChunks: 9, maxTokens: 450 });
    expect(packed.chunks.map(({ ordinal }) => ordinal)).toEqual([1, 3]);
    expect(packed.omitted).toBe(1);
  });

  it('gives others their turn before one file takes more than a third', () => {
    const found = [...Array.from({ length: 8 }, (_, n) => chunk(n, 10)), chunk(0, 10, other)];
    const { chunks, omitted } = packChunks(found, { maxChunks: 6, maxTokens: 1_000 });
    expect(chunks.map(({ item: { contentId }, ordinal }) => `${contentId} ${ordinal}`)).toEqual([
      'con_a 0',
      'con_a 1',
      'con_b 0',
      'con_a 2',
      'con_a 3',
      'con_a 4',
    ]);
    expect(omitted).toBe(0);
  });

  it('joins neighbours as far as the blank lines between them fit', () => {
    const rendition = renditionOf('First.\n\n\nSecond.\nThird.\n');
    const lines = (lineStart: number, lineEnd: number, ordinal: number): FoundChunk => {
      const { byteOffsets, tokenOffsets } = rendition.lines;
      const at = (offsets: Uint32Array, line: number) => offsets[line] ?? 0;
      const tokens = at(tokenOffsets, lineEnd) - at(tokenOffsets, lineStart - 1);
      return { ...chunk(ordinal, tokens), lineStart, lineEnd, byteStart: at(byteOffsets, lineStart - 1), byteEnd: at(byteOffsets, lineEnd) };
    };
    const [first, second, third] = [lines(1, 1, 0), lines(4, 4, 1), lines(5, 5, 2)];
    const joined = (room: number) =>
      joinNeighbours([third, first, second], rendition, room).map(({ lineStart, lineEnd, tokens, best }) => [lineStart, lineEnd, tokens, best.ordinal]);
    expect(joined(2)).toEqual([[1, 5, rendition.lines.tokenOffsets.at(-1), 2]]);
    expect(joined(1)).toEqual([
      [1, 1, first.tokens, 0],
      [4, 5, second.tokens + third.tokens, 2],
    ]);
    expect(joinNeighbours([first, third], rendition, 100)).toHaveLength(2);
  });
});
