import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type CanonicalValue, canonical } from '#kernel';
import {
  answerRecord,
  callRecord,
  controlRecord,
  delivery,
  type ExportOptions,
  exportBundle,
  exportSigner,
  logSigner,
  memoryLog,
  ORIGIN,
  refusedRecord,
  sampleLog,
  TRUST,
} from '../../test/support/ledger-fixture.ts';
import type { BundleInput } from './bundle.ts';
import { signCheckpoint } from './checkpoint.ts';
import { disclose } from './disclosures.ts';
import { keyIdOf } from './dsse.ts';
import { type ExportScope, type Predicate, readManifest, writeManifest } from './manifest.ts';
import { addSignatures, cosigner, formatVkey, type NoteSigner, noteSigner } from './note.ts';
import { type StepReport, type Verification, verifyBundle } from './verify.ts';
import { readZip, writeZip } from './zip.ts';

const PROFILES = ['full', 'redacted', 'hashes'] as const;
const stranger = noteSigner(`${ORIGIN}/export`, Buffer.alloc(32, 9));

function scopesOf({ groupA, groupB, groupOfOne, erasedGroupOfOne }: ReturnType<typeof sampleLog>): { [name: string]: ExportScope } {
  return {
    'a group': { type: 'groups', groups: [groupA] },
    'several groups, one of them with an erased record': { type: 'groups', groups: [groupB, groupA, groupOfOne, erasedGroupOfOne] },
    'the control group': { type: 'groups', groups: ['cor_control'] },
    'a range from 0': { type: 'range', first: 0, last: 12 },
    'a range in the middle': { type: 'range', first: 4, last: 9 },
    'a selection': { type: 'selection', query: 'line_range' },
  };
}

function sample(name = 'several groups, one of them with an erased record', options: Partial<ExportOptions> = {}) {
  const log = sampleLog();
  return { ...log, bundle: exportBundle(log.log, { scope: scopesOf(log)[name]!, ...options }) };
}

const verified = (bundle: Uint8Array, more: { trust?: unknown; held?: string } = {}) => verifyBundle({ bundle, trust: TRUST, ...more });

describe('an honest bundle is verified', () => {
  for (const scope of Object.keys(scopesOf(sampleLog()))) {
    it.each(PROFILES)(`${scope}, profile %s`, (profile) => {
      const { bundle } = sample(scope, { profile, from: [6, 10] });
      const { report, text } = verified(bundle);
      expect(text).toMatch(/^VERIFIED \d+ records of deponent\/test\/l0g/);
      expect(report.steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
      expect(report.steps.filter(({ status }) => status === 'not_applicable').map(({ name }) => name)).toEqual(
        report.steps[5]!.status === 'passed' ? ['timestamp', 'renditions'] : ['timestamp', 'groups', 'renditions'],
      );
    });
  }

  it('says what is complete as of when, what was withheld, erased and not checked', () => {
    const { bundle, log, groupA } = sample(undefined, { profile: 'redacted' });
    const lines = verified(bundle).text.trimEnd().split('\n');
    expect(lines[0]).toBe(`VERIFIED 11 records of ${ORIGIN}, export exp_17, profile redacted`);
    expect(lines[1]).toContain(groupA);
    expect(lines[1]).toMatch(new RegExp(`as of size ${log.size()}, 2026-11-20T10:00:17.000Z, root [A-Za-z0-9+/]{43}=$`));
    expect(lines[2]).toBe('withheld: answer, external, names, people, question in 6 records');
    expect(lines[3]).toBe('erased: the disclosures of 2 records; their leaves are proved');
    expect(lines[4]).toContain('witnesses (the policy demands none); timestamp (the policy names no authority); an earlier checkpoint (none was given)');
    expect(verified(sample('a selection').bundle).text).toContain('selection asserted, not provable');
  });

  it('the same description gives the same bytes', () => {
    expect(sample().bundle).toEqual(sample().bundle);
  });

  it('against a checkpoint held from before, from the start, or the same', () => {
    const { bundle, log } = sample('a group', { from: [6, 10] });
    for (const held of [log.checkpoints[0]!, log.checkpoints[1]!, log.checkpoints.at(-1)!]) {
      expect(verified(bundle, { held }).report.steps[4]).toMatchObject({ status: 'passed' });
    }
  });

  it('with the witnesses the policy demands', () => {
    const witness = cosigner('example.com/w1', Buffer.alloc(32, 7), 1_700_000_000);
    const cosigned = (input: BundleInput) => {
      const text = input.checkpoint.split('\n\n')[0]!.concat('\n');
      return { ...input, checkpoint: addSignatures(input.checkpoint, text, [witness]) };
    };
    const trust = { ...TRUST, witnesses: [formatVkey(witness.key)], quorum: 1 };
    expect(verified(sample('a group', { change: cosigned }).bundle, { trust }).report.ok).toBe(true);
    expect(failures(verified(sample('a group').bundle, { trust }))).toEqual([
      [2, 'checkpoint', null, 'is cosigned by 0 of the 1 witnesses the policy demands'],
    ]);
    const old = cosigner('example.com/w1', Buffer.alloc(32, 8), 1_700_000_000);
    const two = { ...TRUST, witnesses: [witness, cosigner('example.com/w2', Buffer.alloc(32, 6), 0), old].map(({ key }) => formatVkey(key)), quorum: 2 };
    const twice = (input: BundleInput) => ({
      ...input,
      checkpoint: addSignatures(input.checkpoint, input.checkpoint.split('\n\n')[0]!.concat('\n'), [witness, old]),
    });
    expect(failures(verified(sample('a group', { change: twice }).bundle, { trust: two }))).toEqual([
      [2, 'checkpoint', null, 'is cosigned by 1 of the 2 witnesses the policy demands'],
    ]);
  });

  it('with tiles instead of proofs beyond 10,000 records', () => {
    const log = memoryLog();
    log.seal(Array.from({ length: 10_050 }, () => refusedRecord(log)));
    const bundle = exportBundle(log, { scope: { type: 'range', first: 0, last: 10_049 }, profile: 'hashes' });
    expect(readZip(bundle).filter(({ name }) => name.startsWith('tlog/')).length).toBe(40 + 1);
    expect(verified(bundle).text).toMatch(/^VERIFIED 10051 records/);
    const { files } = open(bundle);
    files.set('tlog/tile/0/007', Buffer.from(files.get('tlog/tile/0/007')!.map((byte, at) => (at === 40 ? byte ^ 1 : byte))));
    const forged = verified(close(files, exportSigner)).report.steps[6]!.failures;
    expect(forged.length).toBe(256);
    expect(forged[0]).toMatchObject({ file: 'records/audit.ndjson', message: 'tile/0/007 is not the tile of this tree' });
  });
});

// How a sender cheats: change files and leave the manifest, or sign the changed files with the export key.

type Files = Map<string, Uint8Array>;

function open(bundle: Uint8Array): { files: Files; predicate: Predicate } {
  const files = new Map(readZip(bundle).map(({ name, bytes }) => [name, bytes]));
  return { files, predicate: readManifest(files.get('manifest.dsse.json')!, [exportSigner.key]).manifest.predicate };
}

function close(files: Files, signer: NoteSigner | null, change: (predicate: Predicate) => Predicate = (same) => same): Buffer {
  const entries = Array.from(files, ([name, bytes]) => ({ name, bytes }));
  if (signer !== null) {
    const { manifest } = readManifest(files.get('manifest.dsse.json')!, []);
    const others = entries.filter(({ name }) => name !== 'manifest.dsse.json');
    const signed = Buffer.from(writeManifest(change(manifest.predicate), others, signer));
    return writeZip([...others, { name: 'manifest.dsse.json', bytes: signed }].sort(byName));
  }
  return writeZip(entries.sort(byName));
}

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);

function edit(files: Files, name: string, change: (text: string) => string): void {
  const before = Buffer.from(files.get(name)!).toString();
  const after = change(before);
  if (after === before) throw new Error(`nothing to change in ${name}`);
  files.set(name, Buffer.from(after));
}

/** The lines of a records file, each changed as an object and written canonically. */
function editLine(files: Files, name: string, at: number, change: (line: Record<string, CanonicalValue>) => Record<string, CanonicalValue>): void {
  edit(files, name, (text) => {
    const lines = text.trimEnd().split('\n');
    lines[at] = canonical(change(JSON.parse(lines[at]!)));
    return `${lines.join('\n')}\n`;
  });
}

function failures({ report }: Verification): (string | number | null)[][] {
  expect(report.ok).toBe(false);
  return report.steps.flatMap((step: StepReport) => step.failures.map(({ file, recordId, message }) => [step.step, file, recordId, message]));
}

const EVIDENCE = 'records/evidence.ndjson';
const AUDIT = 'records/audit.ndjson';
const FIRST = {
  line: 0,
  of: (files: Files) => JSON.parse(Buffer.from(files.get(EVIDENCE)!).toString().split('\n')[0]!) as { recordId: string; index: number; leaf: string },
};

/** Changes of files, and the failure each must lead to when the export key signed the change: step, file, whether it names the record. */
const CHANGES: { [what: string]: { readonly change: (files: Files) => void; readonly found: [number, string | null]; readonly names?: boolean } } = {
  'an edited summary row': {
    change: (files) => edit(files, 'records/summary.csv', (text) => text.replace('"120-180"', '"120-181"')),
    found: [9, 'records/summary.csv'],
    names: true,
  },
  'an added summary row': { change: (files) => edit(files, 'records/summary.csv', (text) => `${text}"99"\r\n`), found: [9, 'records/summary.csv'] },
  'an edited leaf': {
    change: (files) => editLine(files, EVIDENCE, 0, (line) => ({ ...line, leaf: String(line.leaf).replace('"end":180', '"end":181') })),
    found: [7, EVIDENCE],
    names: true,
  },
  'another leafHash': {
    change: (files) => editLine(files, EVIDENCE, 0, (line) => ({ ...line, leafHash: Buffer.alloc(32).toString('base64') })),
    found: [7, EVIDENCE],
    names: true,
  },
  'another recordId in the line': {
    change: (files) => editLine(files, EVIDENCE, 0, (line) => ({ ...line, recordId: '01934f2c-0000-7000-8000-000000000000' })),
    found: [7, EVIDENCE],
    names: true,
  },
  'another index': { change: (files) => editLine(files, EVIDENCE, 0, (line) => ({ ...line, index: 1 })), found: [7, EVIDENCE], names: true },
  'an edited disclosure': {
    change: (files) =>
      editLine(files, EVIDENCE, 0, (line) => ({ ...line, disclosures: replaced(line, 'people', { client: 'Agent One', email: 'eve@example.com' }) })),
    found: [8, EVIDENCE],
    names: true,
  },
  'a disclosure forgotten': {
    change: (files) => editLine(files, EVIDENCE, 0, (line) => ({ ...line, disclosures: (line.disclosures as string[]).slice(1) })),
    found: [8, EVIDENCE],
    names: true,
  },
  'a disclosure twice': {
    change: (files) =>
      editLine(files, EVIDENCE, 0, (line) => ({ ...line, disclosures: (line.disclosures as string[]).flatMap((one, at) => (at === 0 ? [one, one] : [one])) })),
    found: [8, EVIDENCE],
    names: true,
  },
  'a disclosure marked withheld in profile full': {
    change: (files) =>
      editLine(files, EVIDENCE, 0, (line) => ({
        ...line,
        disclosures: (line.disclosures as string[]).slice(1),
        withheld: [{ name: 'content.0', reason: 'x' }],
      })),
    found: [8, EVIDENCE],
    names: true,
  },
  'a record marked erased that is not': {
    change: (files) => editLine(files, EVIDENCE, 0, (line) => ({ ...line, disclosures: [], erased: 2 })),
    found: [8, EVIDENCE],
    names: true,
  },
  'an erased record not marked so': {
    change: (files) => editLine(files, EVIDENCE, 1, (line) => ({ ...line, erased: null })),
    found: [8, EVIDENCE],
    names: true,
  },
  'a removed middle record': { change: (files) => edit(files, AUDIT, (text) => text.slice(text.indexOf('\n') + 1)), found: [6, 'groups/'] },
  'reordered lines': {
    change: (files) => edit(files, EVIDENCE, (text) => [...text.trimEnd().split('\n').reverse(), ''].join('\n')),
    found: [7, EVIDENCE],
    names: true,
  },
  'a record in the other file': {
    change: (files) => {
      const line = Buffer.from(files.get(EVIDENCE)!).toString().split('\n')[0]!;
      edit(files, EVIDENCE, (text) => text.replace(`${line}\n`, ''));
      edit(files, AUDIT, (text) => `${line}\n${text}`);
    },
    found: [7, AUDIT],
    names: true,
  },
  'a line twice': { change: (files) => edit(files, EVIDENCE, (text) => `${text.split('\n')[0]}\n${text}`), found: [7, EVIDENCE], names: true },
  'a space in a line': { change: (files) => edit(files, EVIDENCE, (text) => text.replace(',"index"', ', "index"')), found: [7, EVIDENCE] },
  'an unknown member in a line': { change: (files) => editLine(files, EVIDENCE, 0, (line) => ({ ...line, note: 'x' })), found: [7, EVIDENCE] },
  'a line without LF at the end': { change: (files) => edit(files, EVIDENCE, (text) => text.trimEnd()), found: [7, EVIDENCE] },
  'an edited group count': { change: (files) => edit(files, groupOf(files), (text) => text.replace(/"count":\d+/, '"count":1')), found: [6, 'groups/'] },
  'a group file in another spelling': { change: (files) => edit(files, groupOf(files), (text) => `${text}\n`), found: [6, 'groups/'] },
  'an edited map': { change: (files) => edit(files, 'map.json', (text) => text.replace('10:00:17', '10:00:18')), found: [4, 'map.json'] },
  'an edited checkpoint': { change: (files) => edit(files, 'checkpoint', (text) => text.replace('\n19\n', '\n20\n')), found: [2, 'checkpoint'] },
  'a stripped log signature': { change: (files) => edit(files, 'checkpoint', (text) => `${text.split('\n\n')[0]}\n\n`), found: [2, 'checkpoint'] },
  'a checkpoint by another key': {
    change: (files) => {
      const root = Buffer.from(Buffer.from(files.get('checkpoint')!).toString().split('\n')[2]!, 'base64');
      files.set('checkpoint', Buffer.from(signCheckpoint({ origin: ORIGIN, size: 19, root }, [noteSigner(ORIGIN, Buffer.alloc(32, 8))])));
    },
    found: [2, 'checkpoint'],
  },
  'an edited proof': {
    change: (files) => edit(files, `proofs/${FIRST.of(files).index}.tlog-proof`, (text) => text.replace(/\n[A-Za-z0-9+/]{43}=/, `\n${'A'.repeat(43)}=`)),
    found: [7, EVIDENCE],
    names: true,
  },
  'a proof with extra data': {
    change: (files) => edit(files, `proofs/${FIRST.of(files).index}.tlog-proof`, (text) => text.replace('index', 'extra AAAA\nindex')),
    found: [7, EVIDENCE],
    names: true,
  },
  'a proof under another checkpoint': {
    change: (files) => edit(files, `proofs/${FIRST.of(files).index}.tlog-proof`, (text) => `${text}— x AAAAAAAAAA==\n`),
    found: [7, EVIDENCE],
    names: true,
  },
  'a false consistency line': {
    change: (files) => edit(files, 'consistency.ndjson', (text) => text.replace('"from":6', '"from":7')),
    found: [5, 'consistency.ndjson'],
  },
  'an added file': { change: (files) => files.set('records/more.txt', Buffer.from('x')), found: [1, 'records/more.txt'] },
  'an added proof': { change: (files) => files.set('proofs/1000.tlog-proof', Buffer.from('x')), found: [1, 'proofs/1000.tlog-proof'] },
  'an added group file': { change: (files) => files.set('groups/cor_control.json', files.get(groupOf(files))!), found: [1, 'groups/cor_control.json'] },
  'a missing proof': { change: (files) => files.delete(`proofs/${FIRST.of(files).index}.tlog-proof`), found: [1, 'proofs/'] },
  'a missing group file': { change: (files) => files.delete(groupOf(files)), found: [1, 'groups/'] },
  'a missing procedure': { change: (files) => files.delete('VERIFY.md'), found: [1, 'VERIFY.md'] },
  'missing audit records': { change: (files) => files.delete(AUDIT), found: [1, AUDIT] },
  'a missing checkpoint': { change: (files) => files.delete('checkpoint'), found: [1, 'checkpoint'] },
};

const groupOf = (files: Files) => [...files.keys()].find((name) => name.startsWith('groups/'))!;

function replaced(line: Record<string, CanonicalValue>, name: 'people', value: { client: string; email: string }): string[] {
  const forged = disclose(name, value, Buffer.alloc(16)).text;
  return (line.disclosures as string[]).map((text) => (Buffer.from(text, 'base64url').includes(`"${name}"`) ? forged : text));
}

describe('a changed bundle is rejected', () => {
  const { bundle } = sample(undefined, { from: [6, 10] });

  it.each(Object.entries(CHANGES))('%s', (_, { change, found: [step, file], names }) => {
    const { files } = open(bundle);
    const record = FIRST.of(files);
    change(files);
    const signed = failures(verified(close(files, exportSigner)));
    const hits = signed.filter(([atStep, atFile]) => atStep === step && String(atFile).startsWith(file ?? ''));
    expect(hits).not.toEqual([]);
    if (names) expect(hits.every(([, , recordId]) => typeof recordId === 'string')).toBe(true);
    if (step !== 1)
      expect(
        signed.filter(([atStep]) => atStep === 1 && !String(file).startsWith('proofs')).every(([, , , message]) => /missing|belong/.test(String(message))),
      ).toBe(true);
    // Without a new signature the change is seen in the manifest too, and located all the same.
    const unsigned = failures(verified(close(files, null)));
    expect(unsigned.some(([atStep]) => atStep === 1)).toBe(true);
    expect(unsigned).toEqual(expect.arrayContaining(signed.filter(([atStep]) => atStep !== 1)));
    expect(record.recordId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('prints one line a failure: step, file, record, reason', () => {
    const { files } = open(bundle);
    const { recordId } = FIRST.of(files);
    CHANGES['an edited disclosure']!.change(files);
    expect(verified(close(files, exportSigner)).text).toBe(
      `FAILED step 8 records/evidence.ndjson rec ${recordId} the disclosure of people does not match its digest\n` +
        `FAILED step 9 records/summary.csv rec ${recordId} the row is not what the record gives\n`,
    );
  });

  it('a manifest that is stripped, by another key, or by a retired one', () => {
    const { files } = open(bundle);
    expect(failures(verified(close(files, stranger)))).toEqual([[1, 'manifest.dsse.json', null, 'the signature does not verify under a pinned export key']]);
    edit(files, 'manifest.dsse.json', (text) => text.replace(/"signatures":\[.*\]/, '"signatures":[]'));
    expect(failures(verified(close(files, null)))[0]).toEqual([1, null, null, 'an envelope has exactly one signature']);
    const retired = { ...TRUST, export: [{ vkey: formatVkey(exportSigner.key), until: 18 }] };
    expect(failures(verified(bundle, { trust: retired }))[0]![3]).toMatch(/retired/);
    const retiredLog = { ...TRUST, log: [{ vkey: formatVkey(logSigner.key), until: 18 }] };
    expect(failures(verified(bundle, { trust: retiredLog }))[0]).toEqual([
      2,
      'checkpoint',
      null,
      'bears no signature by a pinned log key that may vouch for its size',
    ]);
    expect(keyIdOf(stranger.key)).not.toBe(keyIdOf(exportSigner.key));
  });

  it.each([
    ['checkpoint', (predicate: Predicate) => ({ ...predicate, checkpoint: { ...predicate.checkpoint, size: 16 } }), 'manifest.dsse.json'],
    ['counts', (predicate: Predicate) => ({ ...predicate, counts: { ...predicate.counts, withheld: 1 } }), 'manifest.dsse.json'],
    ['exportId', (predicate: Predicate) => ({ ...predicate, exportId: 'exp_other' }), AUDIT],
    ['requestedBy', (predicate: Predicate) => ({ ...predicate, requestedBy: 'usr_eve' }), AUDIT],
    ['profile', (predicate: Predicate) => ({ ...predicate, profile: 'redacted' as const }), AUDIT],
    ['scope', (predicate: Predicate) => ({ ...predicate, scope: { type: 'selection' as const, query: 'x' } }), AUDIT],
  ])('a manifest signed with another %s', (_, change, file) => {
    const found = failures(verified(close(open(bundle).files, exportSigner, change)));
    expect(found.some(([step, atFile]) => step === 7 && atFile === file)).toBe(true);
  });

  it('whatever one byte is changed: 300 positions', () => {
    fc.assert(
      fc.property(fc.nat(bundle.length - 1), fc.integer({ min: 1, max: 255 }), (position, mask) => {
        const changed = Buffer.from(bundle);
        changed[position]! ^= mask;
        expect(verified(changed).report.ok).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});

// A sender who builds a consistent bundle from fewer or other records, all signed with the export key.

describe('a bundle built to deceive is rejected', () => {
  const without = (at: (input: BundleInput) => number, group?: (input: BundleInput) => BundleInput['groups']) => (input: BundleInput) => {
    const gone = input.records[at(input)]!;
    const proofs = input.proofs.form === 'proofs' ? new Map([...input.proofs.proofs].filter(([index]) => index !== gone.index)) : new Map();
    return {
      ...input,
      records: input.records.filter((record) => record !== gone),
      proofs: { form: 'proofs' as const, proofs },
      groups: group?.(input) ?? input.groups,
    };
  };
  const inGroup = (nth: number) => (input: BundleInput) => {
    const { first, last } = input.groups[0]!;
    const indices = input.records.map(({ index }) => index).filter((index) => index >= first && index <= last);
    return input.records.findIndex(({ index }) => index === indices.at(nth));
  };

  it('without a middle record, also with the group file edited', () => {
    const found = failures(verified(sample('a group', { change: without(inGroup(1)) }).bundle));
    expect(found.map(([step]) => step)).toEqual(expect.arrayContaining([6, 7]));
    expect(found).toContainEqual([7, EVIDENCE, expect.any(String), 'groupSeq 3 follows 1']);
    const edited = without(inGroup(1), ({ groups }) => groups.map((group) => ({ ...group, count: group.count - 1 })));
    expect(failures(verified(sample('a group', { change: edited }).bundle))).toContainEqual([
      6,
      expect.stringMatching(/^groups/),
      null,
      'is not what the group map of the log states',
    ]);
  });

  it('without the last record, also with the group file edited', () => {
    const found = failures(verified(sample('a group', { change: without(inGroup(-1)) }).bundle));
    expect(found[0]).toEqual([6, expect.stringMatching(/^groups/), null, 'the group has 4 records, the bundle holds 3']);
    const edited = without(inGroup(-1), (input) => {
      const before = input.records.filter(({ index }) => index < input.groups[0]!.last).at(-1)!;
      return input.groups.map((group) => ({ ...group, count: 3, last: before.index, head: Buffer.alloc(32) }));
    });
    expect(failures(verified(sample('a group', { change: edited }).bundle)).map(([step]) => step)).toContain(6);
  });

  it('without its export.created record', () => {
    expect(failures(verified(sample('a group', { change: without((input) => input.records.length - 1) }).bundle))).toEqual([
      [7, AUDIT, null, 'there are 0 export.created records of export exp_17, not one'],
    ]);
  });

  it('with a gap in a range', () => {
    const found = failures(verified(sample('a range in the middle', { change: without(() => 2) }).bundle));
    expect(found).toContainEqual([7, AUDIT, null, 'index 6 of the range of 6 is missing']);
  });

  it('with a map leaf out of its order', () => {
    const { files } = open(sample('a range in the middle').bundle);
    edit(files, AUDIT, (text) => {
      const lines = text.split('\n');
      const mapLeaf = lines.find((line) => line.includes('"recordId":null'))!;
      return [...lines.filter((line) => line !== mapLeaf && line !== ''), mapLeaf, ''].join('\n');
    });
    const found = failures(verified(close(files, exportSigner)));
    expect(found).toEqual([[7, AUDIT, null, expect.stringMatching(/not rising$/)]]);
  });

  it('with a record of another group slipped in', () => {
    const { log, groupA, groupOfOne } = sampleLog();
    const bundle = exportBundle(log, {
      scope: { type: 'groups', groups: [groupA, groupOfOne] },
      change: (input) => ({ ...input, scope: { type: 'groups', groups: [groupA] } }),
    });
    expect(failures(verified(bundle)).filter(([step]) => step === 6)).toEqual([
      [6, EVIDENCE, expect.any(String), `is of group ${groupOfOne}, which is not in the scope`],
    ]);
  });

  it('of a log that was rolled back or rewritten, against a held checkpoint', () => {
    const { bundle, log } = sample('a group', { from: [6] });
    const atStep5 = (held: string) => failures(verified(bundle, { held })).map(([step, , , message]) => [step, message]);
    log.seal([refusedRecord(log)]);
    expect(atStep5(log.checkpoints.at(-1)!)).toEqual([[5, 'the log was rolled back: size 19 after 21']]);
    const other = memoryLog();
    for (const size of [6, 19]) {
      other.seal(Array.from({ length: size - other.size() - 1 }, () => refusedRecord(other)));
      expect(atStep5(other.checkpoints.at(-1)!)).toEqual([[5, `the log was rewritten: another root at size ${size}`]]);
    }
    expect(atStep5(log.checkpoints[1]!)[0]![1]).toMatch(/no consistency line joins the held size 10/);
    expect(atStep5(signCheckpoint({ origin: ORIGIN, size: 6, root: Buffer.alloc(32) }, [stranger]))[0]![1]).toMatch(/no signature by a known key/);
  });

  it.each([
    ['lines never delivered', { lineEnd: 181 }],
    ['another content', { contentId: 'con_other' }],
    ['another version', { version: 3 }],
    ['an item that is not there', { item: 1 }],
    ['a record that is not there', { recordId: '01934f2c-0000-7000-8000-000000000000' }],
  ])('although it was sealed so: a citation of %s', (_, wrong) => {
    const log = memoryLog();
    log.seal([controlRecord(log, 'hold.placed', { holdId: 'hld_1' })]);
    const read = callRecord(log, { external: 'a' });
    const citation = { contentId: 'con_leave', item: 0, lineEnd: 131, lineStart: 130, marker: 1, recordId: read.event.id, version: 2, ...wrong };
    const answer = answerRecord(log, read, { external: 'a', data: { citations: [citation] } });
    log.seal([read, answer]);
    // Also in a range that begins later, as it holds the group from its first record.
    for (const scope of [{ type: 'groups', groups: [read.groupId] } as const, { type: 'range', first: 2, last: 4 } as const]) {
      const found = failures(verified(exportBundle(log, { scope, profile: 'hashes' })));
      expect(found).toEqual([[10, EVIDENCE, answer.event.id, expect.stringMatching(/^citation 1 (points to|names)/)]]);
    }
  });

  it('although it was sealed so: a citation of what a refused call would have delivered', () => {
    const log = memoryLog();
    const refused = refusedRecord(log, { external: 'a', data: { content: [delivery('con_leave', 2, 120, 180)] } });
    const answer = answerRecord(log, refused, { external: 'a' });
    log.seal([refused, answer]);
    const found = failures(verified(exportBundle(log, { scope: { type: 'groups', groups: [refused.groupId] } })));
    expect(found).toEqual([[10, EVIDENCE, answer.event.id, 'citation 1 points to no delivery of the group']]);
  });

  it('although it was sealed so: a citation of a later record, or of another group', () => {
    const log = memoryLog();
    const [later, elsewhere] = [callRecord(log, { external: 'a' }), callRecord(log, { external: 'b' })];
    const answers = [answerRecord(log, later, { external: 'a' }), answerRecord(log, elsewhere, { external: 'a' })];
    log.seal([elsewhere, ...answers, later]);
    const found = failures(verified(exportBundle(log, { scope: { type: 'groups', groups: [later.groupId, elsewhere.groupId] } })));
    expect(found.map(([, , recordId, message]) => [recordId, message])).toEqual([
      [answers[0]!.event.id, 'citation 1 points to a record that came later'],
      [answers[1]!.event.id, 'citation 1 points to a record of another group'],
    ]);
  });

  it('although it was sealed so: two external ids in one group', () => {
    const log = memoryLog();
    const first = callRecord(log, { external: 'a' });
    const second = callRecord(log, { external: 'a', disclosed: { external: 'b' } });
    log.seal([first, second]);
    const found = failures(verified(exportBundle(log, { scope: { type: 'groups', groups: [first.groupId] } })));
    expect(found).toEqual([[8, EVIDENCE, second.event.id, 'discloses another external id than its group']]);
  });

  it('although it was sealed so: a group map that is not that of the records, in a range from 0', () => {
    const log = memoryLog();
    const [first, second] = [callRecord(log, { external: 'a' }), callRecord(log, { external: 'a' })];
    log.seal([first]);
    log.groups.set(first.groupId, { ...log.groups.get(first.groupId)!, count: 5, first: 0 });
    log.seal([second]);
    const found = failures(verified(exportBundle(log, { scope: { type: 'range', first: 0, last: 3 }, profile: 'hashes' })));
    expect(found.map(([step, file, , message]) => [step, file, message])).toEqual([
      [7, EVIDENCE, 'groupSeq 6 follows 1'],
      [7, AUDIT, 'the map leaf at index 3 is not the map of the records before it'],
      [7, 'map.json', 'the map leaf at index 5 is not the map of the records before it'],
    ]);
  });

  it('with a policy that demands a timestamp', () => {
    const trust = { ...TRUST, tsa: ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'] };
    expect(failures(verified(sample('a group').bundle, { trust }))).toEqual([[3, 'checkpoint.tsr', null, 'is missing, and the policy demands a timestamp']]);
    const stamped = sample('a group', { change: (input) => ({ ...input, timestamp: Buffer.from('token') }) }).bundle;
    expect(failures(verified(stamped, { trust }))[0]![3]).toMatch(/reads no RFC 3161 tokens/);
    expect(verified(stamped).report.ok).toBe(true);
  });
});

describe('a verification never throws', () => {
  const { bundle } = sample('a group', { from: [6] });

  it('whatever the bundle', () => {
    for (const nothing of [
      Buffer.alloc(0),
      Buffer.alloc(100),
      bundle.subarray(0, -1),
      bundle.subarray(1),
      Buffer.concat([bundle, Buffer.of(0)]),
      Buffer.concat([bundle, bundle]),
    ]) {
      expect(failures(verified(nothing))[0]![0]).toBe(1);
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => expect(verified(bytes).report.ok).toBe(false)));
  });

  it('whatever is signed: any file replaced by any JSON or text', () => {
    const { files } = open(bundle);
    const names = [...files.keys()].filter((name) => !['manifest.dsse.json', 'VERIFY.md'].includes(name));
    const content = fc.oneof(
      fc.jsonValue().map((value) => `${JSON.stringify(value)}\n`),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...names), content, (name, text) => {
        const changed = new Map(files).set(name, Buffer.from(text));
        if (Buffer.from(text).equals(files.get(name)!)) return;
        expect(verified(close(changed, exportSigner)).report.ok).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('whatever the trust or the held checkpoint', () => {
    for (const trust of [
      null,
      1,
      [],
      {},
      { ...TRUST, more: 1 },
      { ...TRUST, log: [] },
      { ...TRUST, quorum: 1 },
      { ...TRUST, v: 2 },
      { ...TRUST, log: TRUST.export },
    ]) {
      expect(failures(verified(bundle, { trust }))[0]!.slice(0, 2)).toEqual([1, '--trust']);
    }
    fc.assert(fc.property(fc.anything(), (trust) => expect(verified(bundle, { trust }).report.ok).toBe(false)));
    for (const held of ['', 'x', '\n\n', 'a\n\n— b c\n']) expect(failures(verified(bundle, { held }))[0]!.slice(0, 2)).toEqual([5, '--held']);
  });

  it('a hostile range costs no more than the lines there are', () => {
    const change = (input: BundleInput): BundleInput => ({ ...input, scope: { type: 'range', first: 1, last: Number.MAX_SAFE_INTEGER } });
    expect(failures(verified(sample('a range from 0', { change }).bundle)).length).toBeGreaterThan(0);
  });
});

it('a bundle is not built with proofs of the wrong kind', () => {
  const { log, groupA } = sampleLog();
  const tiles = (input: BundleInput): BundleInput => ({ ...input, proofs: { form: 'tiles', tiles: new Map() } });
  expect(() => exportBundle(log, { scope: { type: 'groups', groups: [groupA] }, change: tiles })).toThrow(RangeError);
});
