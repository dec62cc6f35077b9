import { CHUNKS_PER_BLOCK, countPostings, readPostings } from './posting-blocks.ts';

/** Okapi BM25: how soon repetition stops to count, and how much length does. */
const K1 = 1.2;
const B = 0.75;

/** Packed postings of one term, in one block of one site. */
export type PostingBlock = { readonly site: number; readonly term: string; readonly block: number; readonly postings: Buffer };

/** Over exactly the sites that are searched: what lies elsewhere changes no score. `length`: of all chunks together. */
export type Statistics = { readonly chunks: number; readonly length: number };

export type RankedChunk = { readonly site: number; readonly chunk: number; readonly score: number };

export type Ranking = {
  /** The next best after `last` (from the best where it is null), best first. Equals stand by site and chunk. */
  best(limit: number, last: RankedChunk | null): RankedChunk[];
};

/** Scores every chunk that holds a term of the query. `terms`: how often each stands in the query. */
export function rankChunks(blocks: readonly PostingBlock[], terms: ReadonlyMap<string, number>, { chunks, length }: Statistics): Ranking {
  const meanLength = length / Math.max(chunks, 1);
  const frequencies = new Map<string, number>();
  for (const { term, postings } of blocks) frequencies.set(term, (frequencies.get(term) ?? 0) + countPostings(postings));

  const scores = new Map<string, BlockScores>();
  // Sums are made in the order of the query, whatever the order of rows, so that equal data gives equal scores to the last bit.
  const order = new Map([...terms.keys()].map((term, index) => [term, index]));
  for (const { site, term, block, postings } of [...blocks].sort((one, other) => (order.get(one.term) ?? 0) - (order.get(other.term) ?? 0))) {
    const found = frequencies.get(term) ?? 0;
    const weight = (terms.get(term) ?? 0) * Math.log(1 + (chunks - found + 0.5) / (found + 0.5)) * (K1 + 1);
    const of = scoresOf(scores, site, block);
    readPostings(postings, (slot, chunkLength, frequency) => {
      const norm = K1 * (1 - B + (B * chunkLength) / meanLength);
      of.scores[slot] = (of.scores[slot] ?? 0) + (weight * frequency) / (frequency + norm);
    });
  }
  const all = [...scores.values()];
  return { best: (limit, last) => best(all, limit, last) };
}

type BlockScores = { readonly site: number; readonly block: number; readonly scores: Float64Array };

function scoresOf(scores: Map<string, BlockScores>, site: number, block: number): BlockScores {
  const key = `${site} ${block}`;
  const known = scores.get(key);
  if (known !== undefined) return known;
  const made = { site, block, scores: new Float64Array(CHUNKS_PER_BLOCK) };
  scores.set(key, made);
  return made;
}

/** How many times `limit` are gathered before all but the best are dropped. */
const GATHERED = 4;

function best(all: readonly BlockScores[], limit: number, last: RankedChunk | null): RankedChunk[] {
  let kept: RankedChunk[] = [];
  let least = 0;
  const drop = () => {
    kept = kept.sort(byRank).slice(0, limit);
    if (kept.length === limit) least = kept.at(-1)?.score ?? 0;
  };
  for (const { site, block, scores } of all) {
    for (let slot = 0; slot < scores.length; slot++) {
      const score = scores[slot] ?? 0;
      if (score === 0 || score < least) continue;
      const ranked = { site, chunk: block * CHUNKS_PER_BLOCK + slot, score };
      if (last !== null && byRank(ranked, last) <= 0) continue;
      if (kept.push(ranked) >= limit * GATHERED) drop();
    }
  }
  drop();
  return kept;
}

function byRank(one: RankedChunk, other: RankedChunk): number {
  return other.score - one.score || one.site - other.site || one.chunk - other.chunk;
}
