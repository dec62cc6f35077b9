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
  readonly status: 'passed' | 'failed' | 'not_applicable';
  readonly failures: readonly Failure[];
};

/** The shape of `deponent verify --json` (CONTRACT). */
export type VerificationReport = {
  readonly ok: boolean;
  readonly bundle: { readonly records: number; readonly groups: number; readonly treeSize: number };
  readonly steps: readonly StepReport[];
};

/** `text`: `FAILED step …` lines, or `VERIFIED …` and what that does and does not cover. */
export type Verification = { readonly report: VerificationReport; readonly text: string };

/** Total: every input has a verification, and none throws. */
export function verifyBundle(input: VerifyInput): Verification {
  throw new Error(`${input.bundle.length} bytes: not built yet`);
}
