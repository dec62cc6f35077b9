import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * SciFact in BEIR's form: 5,183 abstracts, 300 claims, and which abstracts bear on which claim. Claims CC BY 4.0,
 * abstracts ODC-By 1.0 (Allen Institute for AI, S2ORC). It is not part of this repository.
 */
export type SciFact = {
  readonly documents: readonly { readonly id: string; readonly title: string; readonly text: string }[];
  readonly queries: readonly { readonly id: string; readonly text: string; readonly relevant: ReadonlySet<string> }[];
};

/** From the directory that DEPONENT_SCIFACT names, else ../shared/data/scifact; null where it is not. */
export function readSciFact(): SciFact | null {
  const directory = process.env.DEPONENT_SCIFACT ?? resolve('../shared/data/scifact');
  if (!existsSync(directory)) return null;
  const lines = (file: string) => readFileSync(join(directory, file), 'utf8').trim().split('\n');
  const relevant = new Map<string, Set<string>>();
  for (const line of lines('qrels.tsv').slice(1)) {
    const [query = '', document = '', score] = line.split('\t');
    if (Number(score) > 0) relevant.set(query, (relevant.get(query) ?? new Set()).add(document));
  }
  const parsed = (file: string): { _id: string; title: string; text: string }[] => lines(file).map((line) => JSON.parse(line));
  return {
    documents: parsed('docs.jsonl').map(({ _id: id, title, text }) => ({ id, title, text })),
    queries: parsed('queries.jsonl').flatMap(({ _id: id, text }) => {
      const of = relevant.get(id);
      return of === undefined ? [] : [{ id, text, relevant: of }];
    }),
  };
}

export type Quality = { readonly ndcg10: number; readonly recall100: number };

/** Of one ranking of document ids, relevance being yes or no (nDCG as in BEIR: pytrec_eval's ndcg_cut_10). */
export function qualityOf(ranking: readonly string[], relevant: ReadonlySet<string>): Quality {
  const gain = (rank: number) => 1 / Math.log2(rank + 2);
  const found = ranking.slice(0, 10).reduce((sum, id, rank) => sum + (relevant.has(id) ? gain(rank) : 0), 0);
  const ideal = Array.from({ length: Math.min(10, relevant.size) }, (_, rank) => gain(rank)).reduce((sum, each) => sum + each, 0);
  return { ndcg10: found / ideal, recall100: ranking.slice(0, 100).filter((id) => relevant.has(id)).length / relevant.size };
}
