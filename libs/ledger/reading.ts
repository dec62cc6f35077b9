import { type CanonicalValue, fromBase64, NotCanonical, parseCanonical } from '#kernel';
import { Rejected } from './rejected.ts';

/** Reading what strangers wrote: bytes to text to value to a known shape, or {@link Rejected}. */

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function readUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new Rejected('not valid UTF-8');
  }
}

/** A value whose canonical text is `text`, byte for byte: no duplicate member, other spelling or stray byte can exist. */
export function readCanonical(text: string): CanonicalValue {
  try {
    return parseCanonical(text);
  } catch (error) {
    if (error instanceof NotCanonical) throw new Rejected(error.message);
    throw error;
  }
}

/** Checks that a value has a form and gives it its type; `at` says where it stands. */
export type Shape<T> = (value: unknown, at: string) => T;

type Members = { readonly [name: string]: Shape<unknown> };
type Shaped<M extends Members> = { readonly [Name in keyof M]: ReturnType<M[Name]> };

export function text(pattern: RegExp, what: string): Shape<string> {
  return (value, at) => (typeof value === 'string' && pattern.test(value) ? value : reject(at, `is not ${what}`));
}

export const anyText: Shape<string> = (value, at) => (typeof value === 'string' ? value : reject(at, 'is not a string'));

export const integer: Shape<number> = (value, at) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : reject(at, 'is not an integer from 0');

export const flag: Shape<boolean> = (value, at) => (typeof value === 'boolean' ? value : reject(at, 'is neither true nor false'));

export const hash: Shape<Buffer> = (value, at) => {
  const bytes = typeof value === 'string' ? fromBase64(value) : null;
  return bytes?.length === 32 ? bytes : reject(at, 'is not a hash in base64');
};

export function oneOf<T extends string | number>(...values: readonly T[]): Shape<T> {
  return (value, at) => values.find((known) => known === value) ?? reject(at, `is not one of ${values.join(', ')}`);
}

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (value, at) => (value === null ? null : shape(value, at));
}

export function listOf<T>(shape: Shape<T>): Shape<T[]> {
  return (value, at) => (Array.isArray(value) ? value.map((item, index) => shape(item, `${at}[${index}]`)) : reject(at, 'is not a list'));
}

/** Any member names; every value of one shape. */
export function mapOf<T>(shape: Shape<T>): Shape<{ readonly [name: string]: T }> {
  return (value, at) => Object.fromEntries(Object.entries(asObject(value, at)).map(([name, member]) => [name, shape(member, `${at}.${name}`)]));
}

/** All of these members and no other. */
export function exactly<M extends Members>(members: M): Shape<Shaped<M>> {
  const known = atLeast(members);
  return (value, at) => {
    const unknown = Object.keys(asObject(value, at)).find((name) => !Object.hasOwn(members, name));
    return unknown === undefined ? known(value, at) : reject(at, `has an unknown member ${unknown}`);
  };
}

/** All of these members; others are allowed and left out of the result. */
export function atLeast<M extends Members>(members: M): Shape<Shaped<M>> {
  const entries = Object.entries(members);
  return (value, at) => {
    const object = asObject(value, at);
    const shaped = entries.map(([name, shape]) => [name, Object.hasOwn(object, name) ? shape(object[name], `${at}.${name}`) : reject(at, `lacks ${name}`)]);
    // Sound: every member was checked by its own shape in the line above; fromEntries forgets which name has which.
    return Object.fromEntries(shaped) as Shaped<M>;
  };
}

export function reject(at: string, problem: string): never {
  throw new Rejected(`${at} ${problem}`);
}

function asObject(value: unknown, at: string): { readonly [name: string]: unknown } {
  // Sound: any object has members of unknown type, and no more is said.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as { [name: string]: unknown }) : reject(at, 'is not an object');
}
