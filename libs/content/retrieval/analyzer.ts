import stem from 'wink-porter2-stemmer';
import { LIMITS } from '#kernel';
import { remembering } from './remembering.ts';

/** Changes whenever the same text could give other terms: an index made by another analyzer is built anew. */
export const ANALYZER_VERSION = 1;

/** A number with its separators, or a run of letters, marks, digits and underscores with one apostrophe inside. */
const WORD = /\p{N}+(?:[.,]\p{N}+)+|[\p{L}\p{M}\p{N}_]+(?:['’][\p{L}\p{M}]+)?/gu;

/** Scripts that are written without spaces between words: they are indexed in overlapping pairs of characters. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]+/gu;

/** Where an identifier has a seam: snake_case, camelCase, HTTPServer. */
const SEAMS = /_+|(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u;

const STOP_WORDS = new Set(
  'a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will with'.split(' '),
);

const stemOf = remembering(LIMITS.stemsRemembered, (word) => (/^[a-z']+$/.test(word) ? stem(word) : word));

/**
 * The terms of a text, in order: Unicode words, compatibility forms folded (NFKC), lower case, without possessive
 * endings and English stop words, as Snowball English stems. An identifier counts whole and by its parts.
 */
export function analyze(text: string): string[] {
  const terms: string[] = [];
  for (const [word] of text.normalize('NFKC').matchAll(WORD)) addTerms(word, terms);
  return terms;
}

function addTerms(word: string, terms: string[]): void {
  let spacedFrom = 0;
  for (const { 0: run, index } of word.matchAll(UNSPACED)) {
    if (index > spacedFrom) addWord(word.slice(spacedFrom, index), terms);
    addPairs(run, terms);
    spacedFrom = index + run.length;
  }
  if (spacedFrom < word.length) addWord(word.slice(spacedFrom), terms);
}

function addWord(word: string, terms: string[]): void {
  if (word.length > LIMITS.termCharacters) return;
  const parts = word.split(SEAMS).filter((part) => part !== '');
  if (parts.length > 1) terms.push(word.toLowerCase());
  for (const part of parts) {
    const plain = part.toLowerCase().replace(/['’]s?$/, '');
    if (plain !== '' && !STOP_WORDS.has(plain)) terms.push(stemOf(plain));
  }
}

/** One character alone stands for itself. */
function addPairs(run: string, terms: string[]): void {
  const characters = [...run];
  if (characters.length === 1) terms.push(run);
  for (let at = 1; at < characters.length; at++) terms.push(`${characters[at - 1]}${characters[at]}`);
}
