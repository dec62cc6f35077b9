import { deriveKey, hmacSha256, sha256Hex } from '#kernel';
import type { ArtefactStore } from './artefact-store.ts';
import { type Extraction, extract } from './extraction.ts';
import { contentTypeOf } from './formats.ts';
import { renditionOf, totalLinesOf } from './lines.ts';
import { extensionOf, nameKey } from './names.ts';
import type { ContentWrites, RenditionRef, StoredFile } from './ports.ts';
import { decodeRendition, encodeRendition } from './rendition.ts';

export type NewFile = { readonly name: string; readonly bytes: Uint8Array; readonly contentType: string | null };

/** Writing for one organisation. Says nothing about who may: that is decided before. */
export function contentWrites({ vaultKey, artefacts }: { readonly vaultKey: Uint8Array; readonly artefacts: ArtefactStore }): ContentWrites {
  return {
    async storeFile(_, file) {
      return storeExtracted(artefacts, file, extract(file.bytes, { extension: extensionOf(file.name), contentType: file.contentType }));
    },
    folderNameStream(siteId, parentId, name) {
      const place = JSON.stringify([siteId, parentId, nameKey(name)]);
      return `content.folder_name-${hmacSha256(deriveKey(vaultKey, 'folder-name'), place).toString('hex')}`;
    },
  };
}

export async function storeExtracted(artefacts: ArtefactStore, { name, bytes, contentType }: NewFile, extraction: Extraction): Promise<StoredFile> {
  const extension = extensionOf(name);
  const [blob, rendition] = await Promise.all([artefacts.put(bytes), storeRendition(artefacts, extraction.text)]);
  return {
    blob,
    size: bytes.length,
    contentType: extraction.contentType ?? contentType ?? contentTypeOf(extension, extraction.text !== null),
    declaredContentType: contentType,
    extension,
    sourceSha256: sha256Hex(bytes),
    extraction: extraction.status,
    extractionReason: extraction.reason,
    extractor: extraction.extractor,
    rendition,
  };
}

async function storeRendition(artefacts: ArtefactStore, text: string | null): Promise<RenditionRef | null> {
  if (text === null) return null;
  return storeEncoded(artefacts, encodeRendition(renditionOf(text)));
}

/** A rendition as {@link encodeRendition} wrote it. Throws where it is none. */
export async function storeEncoded(artefacts: ArtefactStore, encoded: Buffer): Promise<RenditionRef> {
  const rendition = decodeRendition(encoded);
  return { artefact: await artefacts.put(encoded), sha256: sha256Hex(rendition.bytes), totalLines: totalLinesOf(rendition) };
}
