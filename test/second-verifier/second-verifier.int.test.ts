import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { sha256 } from '#kernel';
import { noteSigner, verifyBundle } from '#ledger';
import {
  answerRecord,
  callRecord,
  controlRecord,
  delivery,
  type ExportOptions,
  exportBundle,
  type MemoryLog,
  memoryLog,
  refusedRecord,
  sampleLog,
  TRUST,
} from '../support/ledger-fixture.ts';
import { close, type Files, open, pack } from './container.ts';
import { canRunSecond, compareHonest, compareMutated, firstFailing, SECOND, verifyWithBoth, verifyWithSecond } from './verifiers.ts';

const A_MINUTE = 60_000;
const PROFILES = ['full', 'redacted', 'hashes'] as const;

const sample = (options: Partial<ExportOptions> = {}) => {
  const { log, groupA, groupB } = sampleLog();
  return { log, bundle: exportBundle(log, { scope: { type: 'groups', groups: [groupA, groupB] }, ...options }) };
};

/** The steps at which both refuse a bundle, ours first. */
function refusedAt(bundle: Buffer, { held = null, trust }: { held?: string | null; trust?: unknown } = {}): (number | null)[] {
  const [said] = verifyWithBoth([{ says: '', bundle, held }], trust);
  return [firstFailing(said!.ours), firstFailing(said!.second)];
}

function together() {
  it('accepts what an honest exporter makes', () => expect(compareHonest(50_000, 24)).toEqual([]), A_MINUTE);

  it('refuses what was changed, at the same step', () => expect(compareMutated(60_000, 36)).toEqual([]), A_MINUTE);

  it('says of an honest bundle, step by step and in words, what ours says', () => {
    const cases = PROFILES.flatMap((profile) =>
      [{ type: 'range', first: 0, last: 9 } as const, { type: 'selection', query: 'cited_answer' } as const].map((scope) => {
        const { log, bundle } = sample({ profile, scope, from: [6, 10] });
        return { says: '', bundle, held: log.checkpoints[0]! };
      }),
    );
    for (const { ours, second } of verifyWithBoth(cases)) expect(second).toEqual(ours);
    const folder = mkdtempSync(join(tmpdir(), 'second-verifier-'));
    const run = (bundle: Buffer, ...more: string[]) => {
      writeFileSync(join(folder, 'bundle.zip'), bundle);
      writeFileSync(join(folder, 'trust.json'), JSON.stringify(TRUST));
      const { status, stdout } = spawnSync('python3', ['-B', SECOND, join(folder, 'bundle.zip'), '--trust', join(folder, 'trust.json'), ...more]);
      return { status, said: stdout.toString() };
    };
    const { bundle } = sample({ profile: 'redacted' });
    expect(run(bundle)).toEqual({ status: 0, said: verifyBundle({ bundle, trust: TRUST }).text });
    expect(JSON.parse(run(bundle, '--json').said)).toEqual(verifyBundle({ bundle, trust: TRUST }).report);
    const changed = Buffer.from(bundle.map((byte, at) => (at === 900 ? byte ^ 1 : byte)));
    expect(run(changed)).toEqual({ status: 1, said: 'FAILED step 1 the container is not in the one form a bundle has\n' });
    rmSync(folder, { recursive: true });
  });

  it(
    'reads tiles in the place of proofs, none before it is authenticated',
    () => {
      const log = memoryLog();
      log.seal(Array.from({ length: 10_050 }, () => refusedRecord(log)));
      const bundle = exportBundle(log, { scope: { type: 'range', first: 0, last: 10_049 }, profile: 'hashes' });
      const { files, predicate } = open(bundle);
      files.set('tlog/tile/0/007', Buffer.from(files.get('tlog/tile/0/007')!.map((byte, at) => (at === 40 ? byte ^ 1 : byte))));
      // Ours is held to the same in libs/ledger.
      const said = verifyWithSecond([bundle, close(files, predicate)].map((one) => ({ says: '', bundle: one, held: null })));
      expect(said.map(firstFailing)).toEqual([null, 7]);
    },
    A_MINUTE,
  );

  it('refuses a change that nobody signed, and each of these although the export key signed it', () => {
    const { bundle } = sample();
    const { files, manifest } = open(bundle);
    files.set('VERIFY.md', Buffer.from('trust me'));
    expect(refusedAt(pack(files, manifest))).toEqual([1, 1]);
    for (const [what, { step, change }] of Object.entries(SIGNED)) {
      const opened = open(bundle);
      change(opened.files);
      expect([what, ...refusedAt(close(opened.files, opened.predicate))]).toEqual([what, step, step]);
    }
  });

  it('holds the log to a checkpoint from before', () => {
    const { bundle, log } = sample({ from: [6] });
    const rewritten = memoryLog();
    rewritten.seal(Array.from({ length: 5 }, () => refusedRecord(rewritten)));
    rewritten.seal(Array.from({ length: 30 }, () => refusedRecord(rewritten)));
    expect(refusedAt(bundle, { held: log.checkpoints[0]! })).toEqual([null, null]);
    expect(refusedAt(bundle, { held: log.checkpoints[1]! })).toEqual([5, 5]);
    for (const held of [...rewritten.checkpoints, 'no note']) expect(refusedAt(bundle, { held })).toEqual([5, 5]);
  });

  it('holds the bundle to the policy of the auditor', () => {
    const { bundle } = sample();
    const until = (size: number) => ({ ...TRUST, export: TRUST.export.map((key) => ({ ...key, until: size })) });
    const [one, again, two] = [witness('example.com/w1', 7), witness('example.com/w1', 8), witness('example.com/w2', 9)] as const;
    const cosigned = sample({ change: (input) => ({ ...input, checkpoint: again.cosign(one.cosign(input.checkpoint)) }) }).bundle;
    const witnesses = (quorum: number) => ({ ...TRUST, witnesses: [one, again, two].map(({ vkey }) => vkey), quorum });
    expect(refusedAt(bundle, { trust: until(19) })).toEqual([null, null]);
    expect(refusedAt(bundle, { trust: until(18) })).toEqual([1, 1]);
    expect(refusedAt(bundle, { trust: { ...TRUST, log: TRUST.export } })).toEqual([1, 1]);
    expect(refusedAt(bundle, { trust: { ...TRUST, tsa: ['-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n'] } })).toEqual([3, 3]);
    expect(refusedAt(bundle, { trust: witnesses(1) })).toEqual([2, 2]);
    expect(refusedAt(cosigned, { trust: witnesses(1) })).toEqual([null, null]);
    // Two keys of one witness are one witness.
    expect(refusedAt(cosigned, { trust: witnesses(2) })).toEqual([2, 2]);
  });

  it.each(Object.entries(SEALED_SO))('finds what was false when it was sealed: %s', (_, { step, make }) => {
    const log = memoryLog();
    expect(refusedAt(exportBundle(log, { scope: make(log), profile: 'hashes', ...(step === 8 ? { profile: 'full' } : {}) }))).toEqual([step, step]);
  });
}

const EVIDENCE = 'records/evidence.ndjson';
const AUDIT = 'records/audit.ndjson';
const edit = (name: string, change: (text: string) => string) => (files: Files) => files.set(name, Buffer.from(change(files.get(name)!.toString())));

/** What a sender changes and signs, and the step that says so first. */
const SIGNED: Readonly<Record<string, { readonly step: number; readonly change: (files: Files) => unknown }>> = {
  'a space in a line': { step: 6, change: edit(EVIDENCE, (text) => text.replace(',"index"', ', "index"')) },
  'a hash less in a proof': { step: 7, change: edit('proofs/0.tlog-proof', (text) => text.replace(/[^\n]+\n\n/, '\n')) },
  'its own record left out': {
    step: 7,
    change: (files) => {
      edit(AUDIT, (text) => text.replace(/[^\n]*"index":17[^\n]*\n/, ''))(files);
      files.delete('proofs/17.tlog-proof');
    },
  },
  'a record erased by a record that erases nothing': { step: 8, change: edit(EVIDENCE, (text) => text.replace(/"erased":\d+/, '"erased":0')) },
};

/** Logs whose sealer lied in a way that a bundle shows. */
const SEALED_SO: Readonly<Record<string, { readonly step: number; readonly make: (log: MemoryLog) => ExportOptions['scope'] }>> = {
  'a citation of lines never delivered': {
    step: 10,
    make: (log) => cites(log, callRecord(log, { external: 'a', data: { content: [delivery('con_leave', 2, 1, 130)] } })),
  },
  'a citation of a refused call': {
    step: 10,
    make: (log) => cites(log, refusedRecord(log, { external: 'a', data: { content: [delivery('con_leave', 2, 120, 180)] } })),
  },
  'a citation of nothing, in a later range that holds the whole group': {
    step: 10,
    make: (log) => {
      log.seal([controlRecord(log, 'hold.placed', { holdId: 'hld_1' })]);
      log.seal([answerRecord(log, callRecord(log, { external: 'a' }), { external: 'a' })]);
      return { type: 'range', first: 2, last: 3 };
    },
  },
  'two external ids in one group': {
    step: 8,
    make: (log) => {
      const [first, second] = [callRecord(log, { external: 'a' }), callRecord(log, { external: 'a', disclosed: { external: 'b' } })];
      log.seal([first, second]);
      return { type: 'groups', groups: [first.groupId] };
    },
  },
  'a group map that is not that of the records': {
    step: 7,
    make: (log) => {
      const [first, second] = [callRecord(log, { external: 'a' }), callRecord(log, { external: 'a' })];
      log.seal([first]);
      log.groups.set(first.groupId, { ...log.groups.get(first.groupId)!, first: 1 });
      log.seal([second]);
      return { type: 'range', first: 0, last: 3 };
    },
  },
};

function cites(log: MemoryLog, cited: ReturnType<typeof callRecord>): ExportOptions['scope'] {
  log.seal([cited, answerRecord(log, cited, { external: 'a' })]);
  return { type: 'groups', groups: [cited.groupId] };
}

/** C2SP tlog-cosignature, `cosignature/v1`. */
function witness(name: string, seed: number) {
  const { key, sign } = noteSigner(name, Buffer.alloc(32, seed));
  const typed = Buffer.concat([Buffer.of(4), key.publicKey]);
  const keyId = sha256(Buffer.concat([Buffer.from(`${name}\n`), typed])).subarray(0, 4);
  const time = Buffer.alloc(8, 0);
  const cosign = (note: string) => {
    const text = note.slice(0, note.indexOf('\n\n') + 1);
    const signature = sign(Buffer.from(`cosignature/v1\ntime 0\n${text}`));
    return `${note}— ${name} ${Buffer.concat([keyId, time, signature]).toString('base64')}\n`;
  };
  return { vkey: `${name}+${keyId.toString('hex')}+${typed.toString('base64')}`, cosign };
}

// `npm test` must pass on a machine with Node alone; the pipeline (.ci/run) installs both.
if (canRunSecond()) describe('the second verifier', together);
else it('is not run here: python3 or openssl is absent', () => expect(canRunSecond()).toBe(false));
