import { CHECKPOINT } from '../bundle-files.ts';
import { openCheckpoint } from '../checkpoint.ts';
import { readUtf8 } from '../reading.ts';
import { keysFor } from '../trust.ts';
import { fileOf } from './open.ts';
import { attempt, type Step } from './opened.ts';

/** Signed by a pinned log key that may vouch for this size, of the pinned origin, cosigned by the quorum. */
export const checkCheckpoint: Step = ({ files, trust }, fail) => {
  attempt(fail, CHECKPOINT, null, () => {
    const known = [...trust.log.map(({ key }) => key), ...trust.witnesses];
    const { checkpoint, signatures } = openCheckpoint(readUtf8(fileOf(files, CHECKPOINT)), known);
    const signers = signatures.map(({ key }) => key);
    if (checkpoint.origin !== trust.origin) fail(CHECKPOINT, null, `is of ${checkpoint.origin}, not of ${trust.origin}`);
    if (!keysFor(trust.log, checkpoint.size).some((key) => signers.includes(key))) {
      fail(CHECKPOINT, null, 'bears no signature by a pinned log key that may vouch for its size');
    }
    // A witness that has two keys is still one witness.
    const witnesses = new Set(trust.witnesses.filter((key) => signers.includes(key)).map(({ name }) => name));
    if (witnesses.size < trust.quorum) fail(CHECKPOINT, null, `is cosigned by ${witnesses.size} of the ${trust.quorum} witnesses the policy demands`);
  });
  return undefined;
};
