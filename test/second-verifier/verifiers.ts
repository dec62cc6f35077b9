import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type VerificationReport, verifyBundle } from '#ledger';
import { TRUST } from '../support/ledger-fixture.ts';
import { chance } from './chance.ts';
import { honestBundle } from './honest.ts';
import { changeField, flipByte, type Mutated } from './mutation.ts';

/** The product's verifier beside the second one, on the same bundles. */

export const SECOND = join(import.meta.dirname, 'verify.py');
const MEBIBYTE = 1024 * 1024;

/** Whether this machine has what the second verifier needs. */
export function canRunSecond(): boolean {
  const answers = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
  return answers('python3', '-c', 'import sys; sys.exit(sys.version_info < (3, 9))') && answers('openssl', 'version');
}

export type Case = { readonly says: string; readonly bundle: Buffer; readonly held: string | null };

/** What both say of each case, in the order of the cases. One Python process for all. */
export function verifyWithBoth(cases: readonly Case[], trust: unknown = TRUST): { readonly ours: VerificationReport; readonly second: VerificationReport }[] {
  const seconds = verifyWithSecond(cases, trust);
  return cases.map(({ bundle, held }, at) => ({
    ours: verifyBundle({ bundle, trust, ...(held === null ? {} : { held }) }).report,
    second: seconds[at]!,
  }));
}

export function verifyWithSecond(cases: readonly Case[], trust: unknown = TRUST): VerificationReport[] {
  const folder = mkdtempSync(join(tmpdir(), 'two-verifiers-'));
  const put = (name: string, content: Buffer | string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  try {
    const trustFile = put('trust.json', JSON.stringify(trust));
    const lines = cases.map(({ bundle, held }, at) => {
      const heldFile = held === null ? null : put(`${at}.held`, held);
      return `${JSON.stringify({ bundle: put(`${at}.zip`, bundle), trust: trustFile, held: heldFile })}\n`;
    });
    const { status, stdout, stderr } = spawnSync('python3', ['-B', SECOND, '--json-lines'], { input: lines.join(''), maxBuffer: 64 * MEBIBYTE });
    if (status !== 0) throw new Error(`the second verifier ended with ${status}: ${stderr}`);
    return stdout
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The first step that failed; null where none did. */
export function firstFailing({ ok, steps }: VerificationReport): number | null {
  return ok ? null : (steps.find(({ status }) => status === 'failed')?.step ?? Number.NaN);
}

/** Unmodified, redacted and partly erased bundles from `seed` on: both accept them. */
export function compareHonest(seed: number, count: number): string[] {
  const cases = Array.from({ length: count }, (_, at) => honestBundle(chance(seed + at)));
  return verifyWithBoth(cases).flatMap((said, at) =>
    said.ours.ok && said.second.ok ? [] : [`seed ${seed + at}, ${cases[at]!.says}, is honest: ${describe(said)}`],
  );
}

/** Bundles from `seed` on with one change each, of bytes and of signed fields in turn: both refuse them, at the same step and one that is due. */
export function compareMutated(seed: number, count: number): string[] {
  const cases = Array.from({ length: count }, (_, at): Case & Mutated => {
    const { bundle, held } = honestBundle(chance(seed + at));
    const luck = chance(~(seed + at));
    return { held, ...(at % 2 === 0 ? flipByte(bundle, luck) : changeField(bundle, luck)) };
  });
  return verifyWithBoth(cases).flatMap((said, at) => {
    const { says, steps } = cases[at]!;
    const [ours, second] = [firstFailing(said.ours), firstFailing(said.second)];
    return ours === second && ours !== null && steps.includes(ours)
      ? []
      : [`seed ${seed + at}, ${says}, is due at step ${steps.join(' or ')}: ${describe(said)}`];
  });
}

function describe({ ours, second }: { ours: VerificationReport; second: VerificationReport }): string {
  return `ours ${outcome(ours)}; the second ${outcome(second)}`;
}

function outcome(report: VerificationReport): string {
  const step = firstFailing(report);
  const failure = report.steps.find((one) => one.step === step)?.failures[0];
  return step === null ? 'accepts' : `refuses at step ${step} (${failure?.file}: ${failure?.message})`;
}
