import { randomBytes } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { deflateSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { LIMITS } from '#kernel';
import { decodeRendition } from '../rendition.ts';
import { docx, packedPdf, pdf, wordParagraph, zip } from './documents.fixture.ts';
import { createExtractor, type Extractor } from './extractor.ts';
import type { Claim } from './outcome.ts';

let extractor: Extractor;
afterEach(() => extractor.close());

const MEBI = 1024 * 1024;
const UNKNOWN: Claim = { extension: '', contentType: 'application/octet-stream' };

async function statusOf(bytes: Uint8Array, claim = UNKNOWN): Promise<readonly [string, string | null]> {
  const extracted = await extractor.extract(bytes, claim);
  return 'ended' in extracted ? ['ended', extracted.ended] : [extracted.outcome.status, extracted.outcome.reason];
}

describe('the extractor', () => {
  it('gives a rendition and what became of the document', async () => {
    extractor = createExtractor();
    const extracted = await extractor.extract(docx(wordParagraph('naïve') + wordParagraph('second')), UNKNOWN);
    if ('ended' in extracted) throw new Error(extracted.ended);
    expect(extracted.outcome).toMatchObject({ status: 'ok', extractor: { name: 'word', version: '1' }, characters: 33 });
    const { bytes, lines } = decodeRendition(extracted.rendition!);
    expect([bytes.toString(), [...lines.byteOffsets]]).toEqual(['naïve\n\nsecond\n\n[^2]: As amended.\n', [0, 7, 8, 15, 16, 34]]);
  });

  it('reads on after whatever it met', async () => {
    extractor = createExtractor();
    const good = pdf([['good']]);
    for (const bad of [zip([{ name: '../x', content: '' }]), Buffer.from('%PDF-1.7 broken'), Buffer.alloc(0), randomBytes(1_000)]) {
      expect((await statusOf(bad))[1]).toEqual(expect.any(String));
      expect(await statusOf(good)).toEqual(['ok', null]);
    }
  });

  it('outlives a document that takes the memory of its process, and leaves ours and our time alone', async () => {
    extractor = createExtractor();
    await statusOf(pdf([['started']]));
    const lag = monitorEventLoopDelay({ resolution: 5 });
    const bomb = packedPdf(deflateSync(Buffer.alloc(1_000 * MEBI, 0x20), { level: 1 }));
    const huge = Buffer.concat([pdf([['before it']]), randomBytes(LIMITS.importedFileBytes - 10_000)]);
    const deep = `<html>${'<div>'.repeat(200_000)}`;
    const documents: readonly (readonly [Uint8Array, Claim])[] = [
      [bomb, UNKNOWN],
      [huge, UNKNOWN],
      [Buffer.from(deep), { extension: 'html', contentType: 'text/html' }],
      [docx('<w:p>'.repeat(200_000)), UNKNOWN],
      [docx('', [{ name: 'bomb', content: Buffer.alloc(60 * MEBI) }]), UNKNOWN],
    ];
    globalThis.gc?.();
    await pause(100);
    const before = process.memoryUsage.rss();
    let most = before;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss());
    }, 20);
    lag.enable();
    const seen = [];
    for (const [bytes, claim] of documents) seen.push(await statusOf(bytes, claim));
    lag.disable();
    clearInterval(watch);
    expect(seen).toEqual([
      ['ended', expect.stringContaining('memory')],
      ['ok', null],
      ['refused', expect.stringContaining('512')],
      ['refused', expect.stringContaining('packed')],
      ['refused', expect.stringContaining('packed')],
    ]);
    expect(lag.max / 1e6).toBeLessThan(100);
    expect((most - before) / MEBI).toBeLessThan(150);
  }, 120_000);
});
