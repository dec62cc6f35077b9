import { base64url, type CanonicalValue, canonical, fromBase64url, sha256Base64url } from '#kernel';
import { anyText, exactly, integer, listOf, nullable, readCanonical, readUtf8, type Shape, text } from './reading.ts';
import { Rejected } from './rejected.ts';

/** RFC 9901 disclosures, listed by name: what a leaf only holds the digest of. */

const SALT_BYTES = 16;
const sha256Hex = text(/^[0-9a-f]{64}$/, '64 hex digits');

const CONTENT = exactly({ renditionSha256: nullable(sha256Hex), sourceSha256: nullable(sha256Hex), textSha256: nullable(sha256Hex) });
const GROUNDING = exactly({ dropped: integer, sentences: integer, sources: integer, supported: integer });

/** What each name discloses. `content.N` stands for one name for each item of the record's content. */
const DISCLOSURES = {
  /** Of a cited answer. `quotes`: SHA-256 of each quotation, by citation. */
  answer: exactly({ grounding: GROUNDING, quotes: listOf(sha256Hex), text: nullable(anyText), webSearch: anyText }),
  content: CONTENT,
  /** The caller's correlation id. */
  external: anyText,
  io: exactly({ argumentsSha256: nullable(sha256Hex), requestedTool: nullable(anyText), resultSha256: nullable(sha256Hex) }),
  /** The items' paths. */
  names: listOf(nullable(anyText)),
  people: exactly({ client: nullable(anyText), email: nullable(anyText) }),
  question: anyText,
  /** Of a control record. */
  reason: anyText,
} as const;

export type DisclosureValues = { readonly [Kind in keyof typeof DISCLOSURES]: ReturnType<(typeof DISCLOSURES)[Kind]> };
/** A name as digests list it. */
export type DisclosureName = Exclude<keyof DisclosureValues, 'content'> | `content.${number}`;
export type DisclosureValue<Name extends DisclosureName> = Name extends keyof DisclosureValues ? DisclosureValues[Name] : DisclosureValues['content'];

/** `digest` goes into the leaf, `text` into the vault and, unless withheld, into bundles. */
export type Disclosure = { readonly text: string; readonly digest: string };
export type OpenedDisclosure = { readonly salt: Buffer; readonly name: string; readonly value: CanonicalValue };

/** `salt`: 16 random bytes, fresh for each. */
export function disclose<Name extends DisclosureName>(name: Name, value: DisclosureValue<Name>, salt: Uint8Array): Disclosure {
  if (salt.length !== SALT_BYTES) throw new RangeError('a salt has 16 bytes');
  const content = base64url(Buffer.from(canonical([base64url(salt), name, value])));
  return { text: content, digest: disclosureDigest(content) };
}

/** base64url(SHA-256(text)): RFC 9901, 4.2.3. */
export function disclosureDigest(disclosureText: string): string {
  return sha256Base64url(disclosureText);
}

export function openDisclosure(disclosureText: string): OpenedDisclosure {
  const bytes = fromBase64url(disclosureText);
  const content = bytes && readCanonical(readUtf8(bytes));
  if (!Array.isArray(content) || content.length !== 3) throw new Rejected('a disclosure is salt, name and value');
  const [salt, name, value] = content;
  const saltBytes = typeof salt === 'string' ? fromBase64url(salt) : null;
  if (saltBytes?.length !== SALT_BYTES || typeof name !== 'string') throw new Rejected('a disclosure has a salt of 16 bytes and a name');
  return { salt: saltBytes, name, value };
}

/** The typed values a record discloses; content by item. What is not disclosed is absent. */
export type Disclosed = { content: Map<number, DisclosureValues['content']> } & {
  -readonly [Name in Exclude<keyof DisclosureValues, 'content'>]?: DisclosureValues[Name];
};

const CONTENT_NAME = /^content\.(0|[1-9]\d{0,5})$/;

/** Sorts opened disclosures out by name. Throws {@link Rejected} for a value that has not the form of its name. */
export function disclosedValues(opened: readonly OpenedDisclosure[]): Disclosed {
  const disclosed: Disclosed = { content: new Map() };
  const read = <T>(shape: Shape<T>, { name, value }: OpenedDisclosure) => shape(value, name);
  for (const one of opened) {
    const item = CONTENT_NAME.exec(one.name)?.[1];
    if (item !== undefined) disclosed.content.set(Number(item), read(DISCLOSURES.content, one));
    else if (one.name === 'answer') disclosed.answer = read(DISCLOSURES.answer, one);
    else if (one.name === 'external') disclosed.external = read(DISCLOSURES.external, one);
    else if (one.name === 'io') disclosed.io = read(DISCLOSURES.io, one);
    else if (one.name === 'names') disclosed.names = read(DISCLOSURES.names, one);
    else if (one.name === 'people') disclosed.people = read(DISCLOSURES.people, one);
    else if (one.name === 'question') disclosed.question = read(DISCLOSURES.question, one);
    else if (one.name === 'reason') disclosed.reason = read(DISCLOSURES.reason, one);
  }
  return disclosed;
}
