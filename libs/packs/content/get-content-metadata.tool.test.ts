import { describe, expect, it } from '@jest/globals';
import { specification } from '#tools/spec';
import getContentMetadata from './get-content-metadata.tool.ts';
import { LEAVE, library } from './library.fixture.ts';

const metadata = specification(getContentMetadata).given(library());

describe('content_get_content_metadata', () => {
  it('shows a file with its place, versions and extraction, without text', async () => {
    await metadata.when({ contentId: 'con_leave' }).thenAnswers({
      contentId: 'con_leave',
      kind: 'file',
      name: 'leave.md',
      siteId: 'sit_hr',
      parentId: 'con_policies',
      path: [{ contentId: 'con_policies', name: 'Policies' }],
      tags: ['hr', 'leave'],
      contentType: 'text/markdown',
      extension: 'md',
      size: Buffer.byteLength(LEAVE[2]),
      extraction: 'ok',
      summary: 'none',
      version: 2,
      versionCount: 3,
      createdAt: '2026-02-01T00:00:00.000Z',
      updatedAt: '2026-02-03T00:00:00.000Z',
      url: 'https://deponent.test/con_leave',
      totalLines: 5,
      extractionReason: null,
      extractor: { name: 'text', version: '1' },
    });
  });

  it('shows a folder with null for what only files have', async () => {
    await metadata.when({ contentId: 'con_policies' }).thenAnswers({
      contentId: 'con_policies',
      kind: 'folder',
      name: 'Policies',
      siteId: 'sit_hr',
      parentId: null,
      path: [],
      tags: [],
      contentType: null,
      extension: null,
      size: null,
      extraction: null,
      summary: null,
      version: null,
      versionCount: null,
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-01-01T00:00:00.000Z',
      url: 'https://deponent.test/con_policies',
      totalLines: null,
      extractionReason: null,
      extractor: null,
    });
  });

  it('says why a file has no text', async () => {
    expect(await metadata.when({ contentId: 'con_photo' }).answer()).toMatchObject({
      extraction: 'no_text',
      extractionReason: 'Text is not taken from images.',
      extractor: null,
      totalLines: null,
    });
  });

  it('says that the text of a document is still to come', async () => {
    const scan = { contentId: 'con_scan', siteId: 'sit_hr', parentId: null, name: 'scan.pdf', versions: ['%PDF-1.7'], at: '2026-06-01T00:00:00.000Z' };
    const waiting = specification(getContentMetadata).given(library({ files: [scan] }));
    expect(await waiting.when({ contentId: 'con_scan' }).answer()).toMatchObject({ extraction: 'pending', extractionReason: null, totalLines: null });
  });

  it('does not tell what may not be seen from what does not exist', async () => {
    await metadata.when({ contentId: 'con_secret' }).thenRefuses('not_found', 'There is no content with this contentId that you may see.');
    await metadata.when({ contentId: 'con_none' }).thenRefuses('not_found', 'There is no content with this contentId that you may see.');
  });

  it('names a missing argument', () => metadata.when({}).thenRefuses('invalid_params', 'contentId is required'));
});
