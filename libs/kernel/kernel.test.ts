import { describe, expect, it } from '@jest/globals';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { vectorBytes, vectorFiles, vectorText } from '../../test/support/vectors.ts';
import {
  base32,
  type CanonicalValue,
  canonical,
  fromBase32,
  fromBase64,
  fromBase64url,
  jcs,
  MalformedJson,
  NotCanonical,
  newId,
  parseCanonical,
  parseStrictJson,
  RECORD_ID_PATTERN,
  uuidv7,
} from './index.ts';

describe('jcs: full RFC 8785', () => {
  it.each(vectorFiles('jcs-cyberphone/testdata/input'))('%s', (input) => {
    const written = jcs(JSON.parse(vectorText(input)));
    expect(Buffer.from(written)).toEqual(vectorBytes(input.replace('/input/', '/output/')));
    expect(Buffer.from(written).toString('hex')).toBe(vectorText(input.replace('/input/', '/outhex/').replace('.json', '.txt')).replaceAll(/\s/g, ''));
  });

  it('agrees with another implementation on any JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }).filter(isWellFormed), (value) => expect(jcs(value)).toBe(canonicalize(value))),
      { numRuns: 500 },
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 'a\ud800', { x: '\udc00' }, undefined, () => 1])('refuses %p', (value) => {
    expect(() => jcs(value)).toThrow(NotCanonical);
  });
});

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.]{0,20}$/);
const { value: canonicalValue } = fc.letrec<{ value: CanonicalValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeNat(),
    fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 5 }),
  ),
}));

describe('canonical: RFC 8785 restricted', () => {
  it('agrees with another implementation and is read back', () => {
    fc.assert(
      fc.property(canonicalValue, (value) => {
        const text = canonical(value);
        expect(text).toBe(canonicalize(value));
        expect(canonical(parseCanonical(text))).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['a fraction', '{"a":1.5}'],
    ['a negative number', '{"a":-1}'],
    ['minus zero', '[-0]'],
    ['an exponent', '[1e3]'],
    ['beyond 2^53-1', '[9007199254740992]'],
    ['a duplicate member', '{"a":1,"a":1}'],
    ['members out of order', '{"b":1,"a":1}'],
    ['a space', '{"a": 1}'],
    ['an escape that is not needed', '["\\u0061"]'],
    ['an upper-case escape', '["\\u001F"]'],
    ['a lone surrogate', '["\\ud800"]'],
    ['a member name that is a number', '{"1":1}'],
    ['a member name with a space', '{"a b":1}'],
    ['a newline at the end', '{}\n'],
    ['a byte order mark', '\ufeff{}'],
    ['no JSON', '{'],
    ['deep nesting', '['.repeat(100) + ']'.repeat(100)],
  ])('refuses %s', (_, text) => {
    expect(() => parseCanonical(text)).toThrow(NotCanonical);
  });
});

describe('parseStrictJson', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => expect(parseStrictJson(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)))),
      { numRuns: 300 },
    );
  });

  it.each([
    ['a member twice', '{"a":1,"a":2}'],
    ['a member twice in another spelling', '{"a":1,"\\u0061":2}'],
    ['a member twice deep inside', '[{"x":{"a":1,"b":{},"a":2}}]'],
    ['U+0000 in a name', '{"name\\u0000":1}'],
    ['nesting beyond 64', '['.repeat(65) + ']'.repeat(65)],
    ['a lone surrogate', '{"a":"\\ud800"}'],
    ['a lone surrogate in a name', '{"\\udc00":1}'],
    ['an open string', '{"a'],
    ['nothing', ''],
    ['two values', '{} {}'],
  ])('refuses %s', (_, text) => {
    expect(() => parseStrictJson(text)).toThrow(MalformedJson);
  });

  it('keeps names that only differ in case apart, and equal names of different objects', () => {
    expect(parseStrictJson('[{"a":1,"A":2},{"a":"}{\\"a\\":,"}]')).toEqual([{ a: 1, A: 2 }, { a: '}{"a":,' }]);
  });
});

describe('encodings are strict: one text for each value', () => {
  it('base32 comes back and refuses other spellings', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => expect(Buffer.from(fromBase32(base32(bytes)) ?? [])).toEqual(Buffer.from(bytes))));
    expect(base32(Buffer.from('foobar'))).toBe('mzxw6ytboi');
    for (const text of ['MZXW6', 'mzxw6===', 'mzxw7', 'mz w6', 'mzxw61']) expect(fromBase32(text)).toBeNull();
  });

  it('base64 and base64url refuse spaces, missing or stray padding, the other alphabet and stray bits', () => {
    expect(fromBase64('+/8=')).toEqual(Buffer.from([0xfb, 0xff]));
    for (const text of ['+/8', '-_8=', '+/9=', ' +/8=', '+/8=\n', '+/8==']) expect(fromBase64(text)).toBeNull();
    expect(fromBase64url('-_8')).toEqual(Buffer.from([0xfb, 0xff]));
    for (const text of ['-_8=', '+/8', '-_9', '-_8 ']) expect(fromBase64url(text)).toBeNull();
  });
});

describe('ids', () => {
  it('a recordId is a UUIDv7 that sorts by time', () => {
    const ids = [1_000, 1_700_000_000_000, 1_700_000_000_001].map((time) => uuidv7(time, (length) => new Uint8Array(length).fill(0xff)));
    for (const id of ids) expect(id).toMatch(RECORD_ID_PATTERN);
    expect([...ids].sort()).toEqual(ids);
    expect(uuidv7(0x017f22e279b0, () => Buffer.from('00000000000003cc98c4dc0c0c07398f', 'hex'))).toMatch(/^017f22e2-79b0-7/);
  });

  it('other ids say what they name', () => {
    expect(newId('content', (length) => new Uint8Array(length))).toBe(`con_${'a'.repeat(26)}`);
  });
});

function isWellFormed(value: unknown): boolean {
  return JSON.stringify(value).isWellFormed() && !/\\ud[89a-f]/.test(JSON.stringify(value));
}
