import { LIMITS } from '#kernel';
import type { VerifierKey } from './note.ts';
import { Rejected } from './rejected.ts';
import { parseTrust, type Trust } from './trust.ts';
import { openBundle } from './verify/open.ts';
import type { Fail, OpenBundle, Step } from './verify/opened.ts';
import { statement } from './verify/statement.ts';
import { checkContainer } from './verify/step-01-container.ts';
import { checkCheckpoint } from './verify/step-02-checkpoint.ts';
import { checkTimestamp } from './verify/step-03-timestamp.ts';
import { checkMap } from './verify/step-04-map.ts';
import { checkHeld } from './verify/step-05-held.ts';
import { checkGroups } from './verify/step-06-groups.ts';
import { checkRecords } from './verify/step-07-records.ts';
import { checkDisclosures } from './verify/step-08-disclosures.ts';
import { checkSummary } from './verify/step-09-summary.ts';
import { checkCitations } from './verify/step-10-citations.ts';

export type VerifyInput = {
  readonly bundle: Uint8Array;
  /** The parsed trust.json, from outside the bundle. */
  readonly trust: unknown;
  /** A checkpoint the recipient already holds: the text of its signed note. */
  readonly held?: string;
};

export type Failure = { readonly file: string | null; readonly recordId: string | null; readonly message: string };

export type StepReport = {
  readonly step: number;
  readonly name: string;
  /** `not_applicable` also where an earlier failure left nothing to check. */
  readonly status: 'passed' | 'failed' | 'not_applicable';
  readonly failures: readonly Failure[];
};

/** The shape of `deponent verify --json` (CONTRACT). */
export type VerificationReport = {
  readonly ok: boolean;
  readonly bundle: { readonly records: number; readonly groups: number; readonly treeSize: number };
  readonly steps: readonly StepReport[];
};

/** `text`: lines, each ended by LF: one `FAILED step …` a failure, or `VERIFIED …` and what that does and does not cover. */
export type Verification = { readonly report: VerificationReport; readonly text: string };

/** EVIDENCE, "Verification, in order". Renditions are not at hand offline, so step 11 never applies. */
const STEPS: readonly { readonly name: string; readonly check: Step }[] = [
  { name: 'checkpoint', check: checkCheckpoint },
  { name: 'timestamp', check: checkTimestamp },
  { name: 'map', check: checkMap },
  { name: 'held', check: checkHeld },
  { name: 'groups', check: checkGroups },
  { name: 'records', check: checkRecords },
  { name: 'disclosures', check: checkDisclosures },
  { name: 'summary', check: checkSummary },
  { name: 'citations', check: checkCitations },
  { name: 'renditions', check: () => 'not_applicable' },
];

/** Total: every input has a verification, none throws, and the work is bounded by the size of the bundle. */
export function verifyBundle(input: VerifyInput): Verification {
  const opening = open(input);
  const { bundle } = opening;
  const container = runStep(1, 'container', (fail) => {
    if (opening.bundle === null) fail(opening.file, null, opening.message);
    else checkContainer(opening.bundle, opening.signedBy, fail);
    return undefined;
  });
  const others = STEPS.map(({ name, check }, at) => runStep(at + 2, name, (fail) => (bundle === null ? 'not_applicable' : check(bundle, fail))));
  return conclude([container, ...others], bundle);
}

type Opening =
  | { readonly bundle: OpenBundle; readonly signedBy: VerifierKey | null }
  | { readonly bundle: null; readonly file: string | null; readonly message: string };

function open({ bundle, trust, held }: VerifyInput): Opening {
  const policy = readTrust(trust);
  if (typeof policy === 'string') return { bundle: null, file: '--trust', message: policy };
  try {
    return openBundle(bundle, policy, held ?? null);
  } catch (error) {
    return { bundle: null, file: null, message: messageOf(error) };
  }
}

function readTrust(value: unknown): Trust | string {
  try {
    return parseTrust(value);
  } catch (error) {
    return messageOf(error);
  }
}

function runStep(step: number, name: string, check: (fail: Fail) => undefined | 'not_applicable'): StepReport {
  const failures: Failure[] = [];
  const fail: Fail = (file, recordId, message) => {
    if (failures.length < LIMITS.failuresPerStep) failures.push({ file, recordId, message });
  };
  let applied: undefined | 'not_applicable';
  try {
    applied = check(fail);
  } catch (error) {
    fail(null, null, messageOf(error));
  }
  return { step, name, status: failures.length > 0 ? 'failed' : (applied ?? 'passed'), failures };
}

/** Whatever goes wrong while checking is a reason not to accept, never a crash. */
function messageOf(error: unknown): string {
  if (error instanceof Rejected) return error.message;
  return `could not be checked: ${error instanceof Error ? error.message : 'unknown reason'}`;
}

function conclude(steps: readonly StepReport[], bundle: OpenBundle | null): Verification {
  const ok = bundle !== null && steps.every(({ status }) => status !== 'failed');
  const counts = { records: bundle?.records.length ?? 0, groups: bundle === null ? 0 : groupsOf(bundle), treeSize: bundle?.checkpoint?.size ?? 0 };
  const lines = ok ? statement(bundle) : steps.flatMap(failedLines);
  const text = lines.map((line) => `${line}\n`).join('');
  return { report: { ok, bundle: counts, steps }, text };
}

function groupsOf({ manifest, records }: OpenBundle): number {
  const { scope } = manifest.predicate;
  return new Set(scope.type === 'groups' ? scope.groups : records.map(({ read }) => read.event.correlationid)).size;
}

function failedLines({ step, failures }: StepReport): string[] {
  return failures.map(({ file, recordId, message }) =>
    ['FAILED', 'step', step, file, recordId && `rec ${recordId}`, message].filter((part) => part !== null).join(' '),
  );
}
