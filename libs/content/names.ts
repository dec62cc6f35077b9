import { LIMITS } from '#kernel';

const FORBIDDEN = /[\p{Cc}\p{Zl}\p{Zp}/\\\uFFFD]/u;

/** Why a text cannot name a file, folder or site; null where it can. One sentence, for the caller. */
export function nameProblem(name: string): string | null {
  if (name.trim() === '') return 'A name is needed.';
  if (name === '.' || name === '..') return 'A name cannot be a dot or two dots.';
  if ([...name].length > LIMITS.fileNameCharacters) return `A name has at most ${LIMITS.fileNameCharacters} characters.`;
  if (!name.isWellFormed() || FORBIDDEN.test(name)) return 'A name has no slashes, control characters or broken characters.';
  return null;
}

/** Two names are the same name among siblings when their keys are equal: neither case nor composition tells them apart. */
export function nameKey(name: string): string {
  return name.normalize('NFC').toLowerCase().normalize('NFC');
}

/** The extension as people say it: lower case, without the dot; empty where there is none (`.gitignore` has none). */
export function extensionOf(name: string): string {
  return /[^.].*\.([A-Za-z0-9_+-]{1,32})$/.exec(name)?.[1]?.toLowerCase() ?? '';
}
