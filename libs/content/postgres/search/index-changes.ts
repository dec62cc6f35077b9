import { setImmediate as nextTurn } from 'node:timers/promises';
import { LIMITS } from '#kernel';
import type { ArtefactStore } from '../../artefact-store.ts';
import type { Rendition } from '../../ports.ts';
import { decodeRendition } from '../../rendition.ts';
import { type IndexedChunk, indexedChunks } from '../../retrieval/indexed-chunks.ts';
import { type Keyed, keyedFingerprints, keyedTerms } from '../../retrieval/keyed.ts';
import { blockOf, type Posting } from '../../retrieval/posting-blocks.ts';
import { remembering } from '../../retrieval/remembering.ts';

/** What reading one organisation's texts takes. */
export type IndexedOrganization = { readonly vaultKey: Uint8Array; readonly artefacts: ArtefactStore };

export type ChunkRow = Omit<IndexedChunk, 'terms' | 'length' | 'bytes' | 'headings'> & {
  readonly site: number;
  readonly chunk: number;
  readonly contentId: string;
  readonly headingLine: number | null;
  readonly fingerprint: string;
};

export type PostingKey = { readonly site: number; readonly term: string; readonly block: number };
export type ChunkRange = { readonly first: number; readonly count: number };

/** Gathers what a few files change in the index, so that each block of postings is written once for all of them. */
export type IndexChanges = {
  readonly chunks: ChunkRow[];
  /** By address, as the next one. */
  readonly added: Map<string, PostingKey & { readonly postings: Posting[] }>;
  readonly removed: Map<string, PostingKey & { readonly ranges: ChunkRange[] }>;
};

export function noChanges(): IndexChanges {
  return { chunks: [], added: new Map(), removed: new Map() };
}

/** The text and the name of a file, as the index takes them. */
export type IndexedText = {
  readonly site: number;
  readonly contentId: string;
  readonly name: string;
  readonly rendition: Rendition;
  readonly firstChunk: number;
};

/** Chunks between which other work of the process gets its turn. */
const CHUNKS_AT_A_TIME = 128;

/** Adds a file's chunks and their postings. Answers how many there are, and how long all are together. */
export async function addText(changes: IndexChanges, keys: OrganizationIndexKeys, text: IndexedText): Promise<{ chunks: number; length: number }> {
  const byWord = new Map<string, Posting[]>();
  let chunk = text.firstChunk;
  let length = 0;
  const closeBlock = (block: number) => {
    for (const [word, postings] of byWord) addPostings(changes, { site: text.site, term: keys.term(word), block }, postings);
    byWord.clear();
  };
  for await (const indexed of inTurns(indexedChunks(text.rendition, text.name))) {
    if (chunk > text.firstChunk && blockOf(chunk) !== blockOf(chunk - 1)) closeBlock(blockOf(chunk - 1));
    changes.chunks.push(chunkRow(text, chunk, indexed, keys.fingerprint));
    for (const [word, frequency] of indexed.terms) {
      const posting = { chunk, length: indexed.length, frequency };
      const known = byWord.get(word);
      if (known === undefined) byWord.set(word, [posting]);
      else known.push(posting);
    }
    length += indexed.length;
    chunk += 1;
  }
  closeBlock(blockOf(chunk - 1));
  return { chunks: chunk - text.firstChunk, length };
}

function addPostings(changes: IndexChanges, key: PostingKey, postings: Posting[]): void {
  const at = addressOf(key);
  const known = changes.added.get(at);
  if (known === undefined) changes.added.set(at, { ...key, postings });
  else known.postings.push(...postings);
}

/** Takes a file's postings out again: the same analysis finds them. */
export async function removeText(changes: IndexChanges, keys: OrganizationIndexKeys, text: IndexedText, count: number): Promise<void> {
  let chunk = text.firstChunk;
  for await (const { terms } of inTurns(indexedChunks(text.rendition, text.name))) {
    for (const term of terms.keys()) {
      removePostings(changes, { site: text.site, term: keys.term(term), block: blockOf(chunk) }, { first: text.firstChunk, count });
    }
    chunk += 1;
  }
}

export function removePostings(changes: IndexChanges, key: PostingKey, range: ChunkRange): void {
  const at = addressOf(key);
  const known = changes.removed.get(at);
  if (known === undefined) changes.removed.set(at, { ...key, ranges: [range] });
  else if (known.ranges.at(-1)?.first !== range.first) known.ranges.push(range);
}

export function addressOf({ site, term, block }: PostingKey): string {
  return `${site} ${term} ${block}`;
}

function chunkRow({ site, contentId }: IndexedText, chunk: number, indexed: IndexedChunk, fingerprint: Keyed): ChunkRow {
  const { lineStart, lineEnd, byteStart, byteEnd, tokens, headings, bytes } = indexed;
  const place = { lineStart, lineEnd, byteStart, byteEnd, tokens, headingLine: headings.at(-1) ?? null };
  return { site, chunk, contentId, ...place, fingerprint: fingerprint(bytes) };
}

async function* inTurns(chunks: Iterable<IndexedChunk>): AsyncGenerator<IndexedChunk> {
  let given = 0;
  for (const chunk of chunks) {
    yield chunk;
    given += 1;
    if (given % CHUNKS_AT_A_TIME === 0) await nextTurn();
  }
}

export type OrganizationIndexKeys = { readonly term: (word: string) => string; readonly fingerprint: Keyed };

/** Words come again and again: each is keyed once, as long as it is remembered. */
export function indexKeys({ vaultKey }: IndexedOrganization): OrganizationIndexKeys {
  return { term: remembering(LIMITS.stemsRemembered, keyedTerms(vaultKey)), fingerprint: keyedFingerprints(vaultKey) };
}

/** The rendition at an address; null where it is not stored any more. */
export async function openText({ artefacts }: IndexedOrganization, address: string): Promise<Rendition | null> {
  const stored = await artefacts.get(address);
  return stored && decodeRendition(stored);
}
