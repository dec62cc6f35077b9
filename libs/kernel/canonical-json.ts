/** What canonical JSON may hold here: RFC 8785 restricted to integers 0 … 2^53-1 and plain member names. */
export type CanonicalValue = null | boolean | number | string | readonly CanonicalValue[] | { readonly [name: string]: CanonicalValue };

export class NotCanonical extends Error {
  override readonly name = 'NotCanonical';
}

const MEMBER_NAME = /^[A-Za-z_][A-Za-z0-9_.]{0,63}$/;
const MAX_DEPTH = 64;

/**
 * RFC 8785 under the restrictions of EVIDENCE ("Encodings"). Throws {@link NotCanonical} for a fraction,
 * a negative number, a lone surrogate, `undefined` or a member name outside the pattern.
 */
export function canonical(value: CanonicalValue): string {
  return write(value, 0);
}

/** Parses and writes again; throws {@link NotCanonical} unless the texts are equal. */
export function parseCanonical(text: string): CanonicalValue {
  let value: CanonicalValue;
  try {
    // Sound: `canonical` below throws for whatever else JSON can hold.
    value = JSON.parse(text) as CanonicalValue;
  } catch {
    throw new NotCanonical('not JSON');
  }
  if (canonical(value) !== text) throw new NotCanonical('JSON text is not in canonical form');
  return value;
}

function write(value: CanonicalValue, depth: number): string {
  if (depth > MAX_DEPTH) throw new NotCanonical(`nested deeper than ${MAX_DEPTH}`);
  switch (typeof value) {
    case 'string':
      return writeString(value);
    case 'number':
      if (!Number.isSafeInteger(value) || value < 0 || Object.is(value, -0)) throw new NotCanonical(`number ${value} is not an integer from 0 to 2^53-1`);
      return String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return isArray(value) ? writeArray(value, depth) : writeObject(value, depth);
    default:
      throw new NotCanonical(`${typeof value} has no JSON form`);
  }
}

/** `Array.isArray` knows nothing of read-only arrays. */
function isArray(value: object): value is readonly CanonicalValue[] {
  return Array.isArray(value);
}

function writeString(value: string): string {
  if (!value.isWellFormed()) throw new NotCanonical('string holds a lone surrogate');
  return JSON.stringify(value);
}

function writeArray(values: readonly CanonicalValue[], depth: number): string {
  return `[${values.map((value) => write(value, depth + 1)).join(',')}]`;
}

function writeObject(value: { readonly [name: string]: CanonicalValue }, depth: number): string {
  const members = Object.keys(value)
    .sort()
    .map((name) => {
      if (!MEMBER_NAME.test(name)) throw new NotCanonical('member name is outside the allowed pattern');
      return `"${name}":${write(value[name] ?? null, depth + 1)}`;
    });
  return `{${members.join(',')}}`;
}

/**
 * Full RFC 8785 (any number, any member name): for digests over what others wrote, such as arguments.
 * ECMAScript's own number and string forms are those of RFC 8785, 3.2.2; only the order of members is ours to give.
 * Throws {@link NotCanonical} for what has no I-JSON form (NaN, infinity, a lone surrogate).
 */
export function jcs(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new NotCanonical(`${value} has no JSON form`);
    return JSON.stringify(value);
  }
  if (typeof value === 'string') return writeString(value);
  if (Array.isArray(value)) return `[${value.map((item) => jcs(item ?? null)).join(',')}]`;
  if (typeof value !== 'object') throw new NotCanonical(`${typeof value} has no JSON form`);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${writeString(name)}:${jcs(member)}`);
  return `{${members.join(',')}}`;
}
