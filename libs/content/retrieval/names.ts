import type { Named, NameSearch } from '../ports.ts';
import { analyze } from './analyzer.ts';
import { isWithinDistance } from './edit-distance.ts';

/** A name, ready to be compared with queries. */
export type SearchableName = {
  readonly item: Named;
  readonly folded: string;
  readonly words: readonly string[];
  /** Of name, path and tags, with their weighted frequencies. */
  readonly terms: ReadonlyMap<string, number>;
  readonly length: number;
};

const NAME_WEIGHT = 2;
/** Of reciprocal rank fusion (Cormack, Clarke, Büttcher 2009). */
const RRF_K = 60;
/** BM25, as for texts. */
const K1 = 1.2;
const B = 0.75;

export function searchableName(item: Named): SearchableName {
  const terms = new Map<string, number>();
  const count = (text: string, weight: number) => {
    for (const term of analyze(text)) terms.set(term, (terms.get(term) ?? 0) + weight);
  };
  count(item.name, NAME_WEIGHT);
  for (const text of [...item.path, ...item.tags]) count(text, 1);
  const length = [...terms.values()].reduce((sum, frequency) => sum + frequency, 0);
  return { item, folded: fold(item.name), words: wordsOf(item.name), terms, length };
}

/** The names that fit a query, best first; equals by name, then id. Looks at nothing but the names it is given. */
export function rankNames(names: readonly SearchableName[], text: string, search: NameSearch): readonly SearchableName[] {
  if (text.trim() === '') return [...names].sort((one, other) => other.item.updatedAt - one.item.updatedAt || byName(one, other));
  if (search === 'completion') return completions(names, text);
  if (search === 'full-text') return fullText(names, text);
  const found = fused([completions(names, text), fullText(names, text)]);
  return found.length > 0 ? found : misspelt(names, text);
}

/** Whether a text holds anything to look for. */
export function isSearchable(text: string): boolean {
  return wordsOf(text).length > 0;
}

function completions(names: readonly SearchableName[], text: string): SearchableName[] {
  const typed = fold(text).trimStart();
  const words = wordsOf(text);
  const last = words.at(-1);
  if (last === undefined) return [];
  const finished = words.slice(0, -1);
  const fits = (name: SearchableName) =>
    name.folded.startsWith(typed) || (finished.every((word) => name.words.includes(word)) && name.words.some((word) => word.startsWith(last)));
  const startsSo = ({ folded }: SearchableName) => Number(folded.startsWith(typed));
  return names.filter(fits).sort((one, other) => startsSo(other) - startsSo(one) || one.folded.length - other.folded.length || byName(one, other));
}

function fullText(names: readonly SearchableName[], text: string): SearchableName[] {
  const terms = [...new Set(analyze(text))];
  const mean = names.reduce((sum, { length }) => sum + length, 0) / Math.max(names.length, 1);
  const scores = new Map<SearchableName, number>();
  for (const term of terms) {
    const found = names.filter((name) => name.terms.has(term));
    const weight = Math.log(1 + (names.length - found.length + 0.5) / (found.length + 0.5)) * (K1 + 1);
    for (const name of found) {
      const frequency = name.terms.get(term) ?? 0;
      const score = (weight * frequency) / (frequency + K1 * (1 - B + (B * name.length) / mean));
      scores.set(name, (scores.get(name) ?? 0) + score);
    }
  }
  return [...scores].sort(([one, a], [other, b]) => b - a || byName(one, other)).map(([name]) => name);
}

/** Names that hold each word of the query but for a letter, in a long word two. One slip leaves the first letter or the last as it was. */
function misspelt(names: readonly SearchableName[], text: string): SearchableName[] {
  const words = wordsOf(text);
  const near = words.map((word) => {
    const known = new Map<string, boolean>();
    return (candidate: string) => {
      if (candidate[0] !== word[0] && candidate.at(-1) !== word.at(-1)) return false;
      const judged = known.get(candidate) ?? isWithinDistance(word, candidate, slipsIn(word));
      known.set(candidate, judged);
      return judged;
    };
  });
  return names.filter(({ words }) => near.every((isNear) => words.some(isNear))).sort(byName);
}

function slipsIn(word: string): number {
  return word.length < 4 ? 0 : word.length < 8 ? 1 : 2;
}

function fused(rankings: readonly (readonly SearchableName[])[]): SearchableName[] {
  const scores = new Map<SearchableName, number>();
  for (const ranking of rankings) for (const [rank, name] of ranking.entries()) scores.set(name, (scores.get(name) ?? 0) + 1 / (RRF_K + rank + 1));
  return [...scores].sort(([one, a], [other, b]) => b - a || byName(one, other)).map(([name]) => name);
}

function byName(one: SearchableName, other: SearchableName): number {
  return compare(one.folded, other.folded) || compare(one.item.contentId, other.item.contentId);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

function wordsOf(text: string): string[] {
  return fold(text).match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}
