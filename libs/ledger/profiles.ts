import { openDisclosure } from './disclosures.ts';
import type { Profile } from './manifest.ts';
import type { Withheld } from './record-line.ts';

/** What `redacted` withholds unless told otherwise. */
const REDACTED_NAMES: readonly string[] = ['people', 'external', 'names', 'question', 'answer'];

/** Divides a record's disclosures into those a profile gives and those it withholds, each in order of name. */
export function applyProfile(
  profile: Profile,
  disclosures: readonly string[],
  reason: string,
  redacted: readonly string[] = REDACTED_NAMES,
): { readonly disclosures: string[]; readonly withheld: Withheld[] } {
  const named = disclosures.map((text) => ({ text, name: openDisclosure(text).name })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const isWithheld = (name: string) => profile === 'hashes' || (profile === 'redacted' && redacted.includes(name));
  return {
    disclosures: named.filter(({ name }) => !isWithheld(name)).map(({ text }) => text),
    withheld: named.filter(({ name }) => isWithheld(name)).map(({ name }) => ({ name, reason })),
  };
}
