export class MalformedJson extends Error {
  override readonly name = 'MalformedJson';
}

/** Deeper than any request of ours by far; beyond it is only an attack on a recursive reader. */
const MAX_DEPTH = 64;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

/**
 * Reads JSON the way a gatekeeper must: what we check is what we act on, forward and record. Refuses duplicate
 * member names (compared after unescaping), names that hold control characters, nesting beyond 64 and lone
 * surrogates, all of which other readers resolve differently (CVE-2026-27896, GHSA-q382). The native parser reads
 * the values; one pass over the text looks at names and depth only.
 */
export function parseStrictJson(text: string): unknown {
  checkNamesAndDepth(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new MalformedJson('The body is not valid JSON.');
  }
  if (!text.isWellFormed() || (SURROGATE_ESCAPE.test(text) && !wellFormed(value))) throw new MalformedJson('A string holds a lone surrogate.');
  return value;
}

function checkNamesAndDepth(text: string): void {
  const open: (Set<string> | null)[] = [];
  let expectName = false;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x7b: // {
        open.push(new Set());
        expectName = true;
        break;
      case 0x5b: // [
        open.push(null);
        expectName = false;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        open.pop();
        expectName = false;
        break;
      case 0x2c: // ,
        expectName = open.at(-1) instanceof Set;
        break;
      case QUOTE: {
        const end = endOfString(text, at);
        if (expectName) noteName(open.at(-1) ?? null, text.slice(at, end + 1));
        expectName = false;
        at = end;
        break;
      }
    }
    if (open.length > MAX_DEPTH) throw new MalformedJson(`The body is nested deeper than ${MAX_DEPTH}.`);
  }
}

function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  throw new MalformedJson('The body is not valid JSON.');
}

function noteName(names: Set<string> | null, literal: string): void {
  if (names === null) return;
  const name = literal.includes('\\') ? unescapeName(literal) : literal.slice(1, -1);
  if (names.has(name)) throw new MalformedJson('The body holds a member twice.');
  names.add(name);
}

function unescapeName(literal: string): string {
  let name: string;
  try {
    // Sound: the text is one string literal, quotes included.
    name = JSON.parse(literal) as string;
  } catch {
    throw new MalformedJson('The body is not valid JSON.');
  }
  for (let at = 0; at < name.length; at++) {
    if (name.charCodeAt(at) < 0x20) throw new MalformedJson('A member name holds a control character.');
  }
  return name;
}

function wellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (Array.isArray(value)) return value.every(wellFormed);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, member]) => name.isWellFormed() && wellFormed(member));
}
