import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type CanonicalValue, canonical, LIMITS, NotCanonical, REFUSAL_CODES, sha256Uri } from '#kernel';
import { answerRecord, callRecord, controlRecord, memoryLog, refusedRecord } from '../../test/support/ledger-fixture.ts';
import { disclose, disclosedValues, disclosureDigest, openDisclosure } from './disclosures.ts';
import { groupId, groupOfOne, isGroupIdOf } from './groups.ts';
import { type CallRecordEvent, EVIDENCE_KINDS, fitsLeaf, type RecordEvent, writeEvent, writeLeaf } from './leaf.ts';
import { parseEvent, parseLeaf } from './leaf-reader.ts';
import { parseMapLeaf, writeMapLeaf } from './map-leaf.ts';
import { Rejected } from './rejected.ts';
import { summaryCsv } from './summary-csv.ts';

const log = memoryLog();
const read = callRecord(log, { external: 'case-42' });
const control = controlRecord(log, 'export.created', { exportId: 'exp_1', profile: 'full', scope: sha256Uri('scope') });
const EVENTS: { [what: string]: RecordEvent } = {
  'a read': read.event,
  'a read without correlation': callRecord(log).event,
  'a refusal': refusedRecord(log, { external: 'case-42' }).event,
  'a cited answer': answerRecord(log, read, { external: 'case-42' }).event,
  'a control record': control.event,
};

const sealed = (event: RecordEvent | string, seal = {}) => {
  const text = typeof event === 'string' ? event : writeEvent(event);
  return writeLeaf(text, { eventHash: sha256Uri(text), groupPrev: null, groupSeq: 1, v: 1, ...seal });
};

/** Members in another order than canonical, which must not matter. */
const shuffled = <T>(value: T): T => {
  if (Array.isArray(value)) return value.map(shuffled) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, member]) => [name, shuffled(member)])
      .reverse(),
  ) as T;
};

const nat = fc.maxSafeNat();
const id = fc.stringMatching(/^[a-z]{3}_[a-z0-9]{1,20}$/);
const anyEvent: fc.Arbitrary<CallRecordEvent> = fc.record({
  authid: fc.option(id),
  authtype: fc.constantFrom('api_key', 'app_user', 'system', null),
  correlationid: id,
  data: fc.record({
    actor: fc.option(id),
    citations: fc.array(fc.record({ contentId: id, item: nat, lineEnd: nat, lineStart: nat, marker: nat, recordId: id, version: nat }), { maxLength: 3 }),
    class: fc.constantFrom('governed', 'audit'),
    client: fc.option(id),
    code: fc.option(fc.constantFrom(...REFUSAL_CODES)),
    content: fc.array(
      fc.record({
        contentId: id,
        length: fc.record({ bytes: nat, codePoints: nat, lines: nat }),
        range: fc.option(fc.record({ end: nat, start: nat, total: nat, unit: fc.constantFrom('line', 'byte') })),
        truncated: fc.boolean(),
        version: nat,
      }),
      { maxLength: 3 },
    ),
    correlation: fc.constantFrom('argument', 'meta', 'session', 'none'),
    digests: fc.dictionary(
      fc.stringMatching(/^[a-z.]{1,10}[0-9]{0,3}$/).filter((name) => !name.startsWith('.')),
      id,
    ),
    kind: fc.option(fc.constantFrom(...EVIDENCE_KINDS)),
    model: fc.option(
      fc.record({
        name: fc.string({ unit: 'binary' }),
        provider: fc.string(),
        responseId: fc.option(id),
        tokensIn: fc.option(nat),
        tokensOut: fc.option(nat),
        version: fc.option(id),
      }),
    ),
    outcome: fc.constantFrom('answered', 'refused', 'failed'),
    policy: fc.option(fc.record({ hash: id, version: nat })),
    tool: fc.record({ definition: fc.option(id), name: fc.option(id), protocol: fc.option(id) }),
  }),
  id,
  recordedtime: fc.string(),
  source: fc.string(),
  specversion: fc.constant('1.0'),
  time: fc.constant('2026-11-20T10:02:44.123Z'),
  traceparent: fc.option(fc.string()),
  type: fc.string(),
});

describe('writeEvent', () => {
  it('writes what canonical writes, byte for byte, whatever the order of members', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const expected = (() => {
          try {
            return canonical(event as unknown as CanonicalValue);
          } catch {
            return NotCanonical;
          }
        })();
        if (typeof expected === 'string') expect(writeEvent(shuffled(event))).toBe(expected);
        else expect(() => writeEvent(shuffled(event))).toThrow(NotCanonical);
      }),
      { numRuns: 500 },
    );
    for (const event of Object.values(EVENTS)) expect(writeEvent(shuffled(event))).toBe(canonical(event as unknown as CanonicalValue));
  });

  it.each([
    ['a lone surrogate', { recordedtime: '\ud800' }],
    ['a fraction', { data: { ...(read.event as CallRecordEvent).data, policy: { hash: 'x', version: 1.5 } } }],
    ['a negative number', { data: { ...(read.event as CallRecordEvent).data, policy: { hash: 'x', version: -1 } } }],
  ])('refuses %s', (_, wrong) => {
    expect(() => writeEvent({ ...(read.event as CallRecordEvent), ...wrong })).toThrow(NotCanonical);
  });
});

describe('a leaf', () => {
  it.each(Object.entries(EVENTS))('of %s comes back', (_, event) => {
    const leaf = sealed(event, { groupPrev: sha256Uri('leaf 6'), groupSeq: 7 });
    expect(parseLeaf(leaf)).toEqual({
      event,
      eventText: writeEvent(event),
      seal: { eventHash: sha256Uri(writeEvent(event)), groupPrev: sha256Uri('leaf 6'), groupSeq: 7, v: 1 },
    });
    expect(leaf.toString()).toBe(canonical(JSON.parse(leaf.toString())));
    expect(parseEvent(writeEvent(event))).toEqual(event);
  });

  it('may hold more than we know inside event, and nowhere else', () => {
    const more = writeEvent(read.event).replace('"type":"', '"subject":"x","time2":"y","type":"').replace('"time":', '"time":');
    const event = canonical(JSON.parse(more));
    expect(parseLeaf(sealed(event)).eventText).toBe(event);
    const leaf = sealed(read.event).toString();
    for (const text of [leaf.replace('"seal":{', '"more":1,"seal":{'), leaf.replace('"v":1}', '"v":1,"w":1}')])
      expect(() => parseLeaf(Buffer.from(text))).toThrow(Rejected);
  });

  const CHANGES: [string, (leaf: string) => string][] = [
    ['another class', (leaf) => leaf.replace('"governed"', '"public"')],
    ['another kind', (leaf) => leaf.replace('"line_range"', '"lines"')],
    [
      'a kind of what was refused',
      (leaf) => leaf.replace('"outcome":"answered"', '"outcome":"refused"').replace('call.answered', 'call.refused').replace('"code":null', '"code":"timeout"'),
    ],
    ['a code of what was answered', (leaf) => leaf.replace('"code":null', '"code":"timeout"')],
    ['an unknown code', (leaf) => leaf.replace('"code":null', '"code":"oops"')],
    ['a type that is not its outcome', (leaf) => leaf.replace('call.answered', 'call.failed')],
    ['a range that ends before it starts', (leaf) => leaf.replace('"end":180', '"end":118')],
    ['a member missing', (leaf) => leaf.replace('"traceparent":null,', '')],
    ['a number as text', (leaf) => leaf.replace('"version":2', '"version":"2"')],
    ['a time with two decimals', (leaf) => leaf.replace(/"time":"[^"]*"/, '"time":"2026-11-20T10:00:00.00Z"')],
    ['a time that does not exist', (leaf) => leaf.replace(/"time":"[^"]*"/, '"time":"2026-02-30T10:00:00.000Z"')],
    ['a group of another form', (leaf) => leaf.replace(/"correlationid":"[^"]*"/, '"correlationid":"case-42"')],
    ['another call as its group of one', (leaf) => leaf.replace(/"correlationid":"[^"]*"/, '"correlationid":"call_01934f2c-0000-7000-8000-000000000000"')],
    ['a digest of another form', (leaf) => leaf.replace(/"io":"[^"]*"/, '"io":"x"')],
    ['a sequence from 0', (leaf) => leaf.replace('"groupSeq":1', '"groupSeq":0')],
    ['a second without predecessor', (leaf) => leaf.replace('"groupSeq":1', '"groupSeq":2')],
    ['another version', (leaf) => leaf.replace('"v":1}', '"v":2}')],
    ['an actor whom nobody authenticated', (leaf) => leaf.replace('"authid":"key_1","authtype":"api_key"', '"authid":null,"authtype":null')],
    ['a space', (leaf) => leaf.replace(':', ': ')],
  ];

  it.each(CHANGES)('with %s is refused', (_, change) => {
    const leaf = sealed(read.event).toString();
    expect(change(leaf)).not.toBe(leaf);
    expect(() => parseLeaf(Buffer.from(change(leaf)))).toThrow(Rejected);
  });

  it('of a control record is refused outside the control group, with another kind or about something else', () => {
    const leaf = sealed(control.event).toString();
    for (const text of [
      leaf.replace('"cor_control"', JSON.stringify(read.groupId)),
      leaf.replaceAll('export.created', 'export.deleted'),
      leaf.replace('"exportId"', '"exportIdx"'),
      leaf.replace('"profile":"full"', '"profile":"most"'),
    ]) {
      expect(() => parseLeaf(Buffer.from(text))).toThrow(Rejected);
    }
  });

  it('keeps within 60,000 bytes with any seal when its event fits; 200 chunks do', () => {
    const item = (read.event as CallRecordEvent).data.content[0]!;
    const content = Array.from({ length: 200 }, (_, at) => ({ ...item, contentId: `con_${'x'.repeat(26)}${at}`, version: 1_000_000 }));
    expect(fitsLeaf(writeEvent(callRecord(log, { data: { content } }).event))).toBe(true);
    const longest = { eventHash: sha256Uri(''), groupPrev: sha256Uri(''), groupSeq: Number.MAX_SAFE_INTEGER, v: 1 } as const;
    const overhead = writeLeaf('', longest).length;
    const fitting = 'x'.repeat(LIMITS.leafBytes - overhead);
    expect([fitsLeaf(fitting), fitsLeaf(`${fitting}x`)]).toEqual([true, false]);
    expect(writeLeaf(fitting, longest).length).toBe(LIMITS.leafBytes);
    expect(() => writeLeaf(`${fitting}x`, longest)).toThrow(RangeError);
  });

  it('of a map comes back, and is refused in another form', () => {
    const statement = { root: Buffer.alloc(32, 5), size: 12, time: '2026-11-20T10:02:44.123Z' };
    const leaf = writeMapLeaf(statement);
    expect(leaf.toString()).toBe(`{"map":{"root":"${statement.root.toString('base64')}","size":12,"time":"2026-11-20T10:02:44.123Z"},"v":1}`);
    expect(parseMapLeaf(leaf)).toEqual(statement);
    for (const text of [leaf.toString().replace('"v":1', '"v":2'), leaf.toString().replace('=', ''), `${leaf} `])
      expect(() => parseMapLeaf(Buffer.from(text))).toThrow(Rejected);
    expect(() => parseMapLeaf(Buffer.from([0xff]))).toThrow(Rejected);
  });
});

describe('disclosures', () => {
  const salt = Buffer.from('0123456789abcdef');

  it('are those of RFC 9901: salt, name and value under a digest of their text', () => {
    const { text, digest } = disclose('external', 'case-42', salt);
    expect(Buffer.from(text, 'base64url').toString()).toBe('["MDEyMzQ1Njc4OWFiY2RlZg","external","case-42"]');
    expect(digest).toBe(disclosureDigest(text));
    // RFC 9901, 4.2.3: the digest of the example disclosure of a claim.
    expect(disclosureDigest('WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0')).toBe('X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0');
    expect(openDisclosure(text)).toEqual({ salt, name: 'external', value: 'case-42' });
    expect(disclosedValues([openDisclosure(text)])).toEqual({ content: new Map(), external: 'case-42' });
  });

  it('are refused in another spelling, with a short salt, with more members, or with a value that is not of the name', () => {
    const encoded = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
    for (const text of [
      encoded(['AAAA', 'external', 'x']),
      encoded([salt.toString('base64url'), 'external']),
      encoded(`["${salt.toString('base64url')}", "external","x"]`),
      'a',
      '=',
      encoded({}),
    ]) {
      expect(() => openDisclosure(text)).toThrow(Rejected);
    }
    const wrong = openDisclosure(encoded([salt.toString('base64url'), 'people', { client: null, email: null, name: 'x' }]));
    expect(() => disclosedValues([wrong])).toThrow(Rejected);
    expect(() => disclose('external', 'x', salt.subarray(1))).toThrow(RangeError);
  });
});

describe('group ids', () => {
  const key = Buffer.alloc(32, 1);

  it('are a function of key, user and external id, and belong to their user alone', () => {
    const id = groupId(key, 'usr_a', 'case-42');
    expect(id).toMatch(/^cor_[a-z2-7]{39}$/);
    expect(groupId(key, 'usr_a', 'case-42')).toBe(id);
    expect(new Set([id, groupId(key, 'usr_b', 'case-42'), groupId(key, 'usr_a', 'case-43'), groupId(Buffer.alloc(32, 2), 'usr_a', 'case-42')]).size).toBe(4);
    expect(isGroupIdOf(key, 'usr_a', id)).toBe(true);
    expect(isGroupIdOf(key, 'usr_b', id)).toBe(false);
    expect(isGroupIdOf(Buffer.alloc(32, 2), 'usr_a', id)).toBe(false);
    for (let at = 4; at < id.length; at++) expect(isGroupIdOf(key, 'usr_a', id.slice(0, at) + (id[at] === 'a' ? 'b' : 'a') + id.slice(at + 1))).toBe(false);
    for (const other of ['', 'cor_', 'cor_control', id.toUpperCase(), `${id}a`, groupOfOne('x')]) expect(isGroupIdOf(key, 'usr_a', other)).toBe(false);
  });
});

describe('summary.csv', () => {
  it('quotes every field, doubles quotes, and leaves no field that a spreadsheet would compute', () => {
    const answer = answerRecord(log, read, {
      external: 'case-42',
      disclosed: { people: { client: '@SUM(1)', email: '-x@example.com' }, question: 'a "b"\n+c' },
    });
    const { event, seal } = parseLeaf(sealed(answer.event));
    const line = { disclosures: answer.disclosures, erased: null, index: 4, leaf: '', leafHash: Buffer.alloc(32), recordId: event.id, withheld: [] };
    const csv = summaryCsv([{ line, event, seal }]);
    const [header, row] = csv.split('\r\n');
    expect(header).toBe(
      '"index","recordId","groupId","groupSeq","time","kind","outcome","code","tool","actor","email","client","content","lines","path","textSha256","question","answer","status","leafHash"',
    );
    expect(row).toContain(`,"'-x@example.com","'@SUM(1)","con_pay@0","1-20","Policies/con_pay.md",`);
    expect(row).toContain(`,"a ""b""\n+c","'=You may; ""yes"" [1] [2]","disclosed","AAAA`);
    const undisclosed = summaryCsv([{ line: { ...line, disclosures: [], withheld: [{ name: 'io', reason: 'x' }] }, event, seal }]);
    expect(undisclosed.split('\r\n')[1]).toContain('"usr_ada","","","con_pay@0","1-20","","","","","withheld"');
  });
});
