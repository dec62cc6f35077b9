import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeRendition } from '../rendition.ts';
import { docx, pdf, wordParagraph, zip } from './documents.fixture.ts';
import { createExtractor, type Extractor } from './extractor.ts';
import type { Claim } from './outcome.ts';

let extractor: Extractor;
beforeEach(() => {
  extractor = createExtractor();
});
afterEach(() => extractor.close());

const UNKNOWN: Claim = { extension: '', contentType: 'application/octet-stream' };

async function statusOf(bytes: Uint8Array, claim = UNKNOWN): Promise<readonly [string, string | null]> {
  const extracted = await extractor.extract(bytes, claim);
  return 'ended' in extracted ? ['ended', extracted.ended] : [extracted.outcome.status, extracted.outcome.reason];
}

describe('the extractor', () => {
  it('gives a rendition and what became of the document', async () => {
    const extracted = await extractor.extract(docx(wordParagraph('naïve') + wordParagraph('second')), UNKNOWN);
    if ('ended' in extracted) throw new Error(extracted.ended);
    expect(extracted.outcome).toMatchObject({ status: 'ok', extractor: { name: 'word', version: '1' }, characters: 33 });
    const { bytes, lines } = decodeRendition(extracted.rendition!);
    expect([bytes.toString(), [...lines.byteOffsets]]).toEqual(['naïve\n\nsecond\n\n[^2]: As amended.\n', [0, 7, 8, 15, 16, 34]]);
  });

  it('reads on after whatever it met', async () => {
    const good = pdf([['good']]);
    for (const bad of [zip([{ name: '../x', content: '' }]), Buffer.from('%PDF-1.7 broken'), Buffer.alloc(0), randomBytes(1_000)]) {
      expect((await statusOf(bad))[1]).toEqual(expect.any(String));
      expect(await statusOf(good)).toEqual(['ok', null]);
    }
  });

  it('outlives a document that takes the memory of its process, and leaves the memory and the time of ours alone', async () => {
    const flags = ['--conditions=deponent-source', '--disable-warning=ExperimentalWarning'];
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, join(import.meta.dirname, '../../../test/support/hostile-documents.process.ts')]);
    const { outcomes, lagMilliseconds, controlMilliseconds, grownMebibytes } = JSON.parse(stdout);
    expect(outcomes).toEqual([
      ['ended', expect.stringContaining('memory')],
      ['ok', null],
      ['refused', expect.stringContaining('512')],
      ['refused', expect.stringContaining('packed')],
      ['refused', expect.stringContaining('packed')],
    ]);
    // On a machine with too much to do, an idle thread waits as well.
    expect(lagMilliseconds).toBeLessThan(Math.max(100, 10 * controlMilliseconds));
    expect(grownMebibytes).toBeLessThan(150);
  }, 120_000);
});
