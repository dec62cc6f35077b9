import { TIMESTAMP } from '../bundle-files.ts';
import type { Step } from './opened.ts';

/** What the policy demands cannot be stripped; what it does not demand is not claimed. */
export const checkTimestamp: Step = ({ files, trust }, fail) => {
  if (trust.tsa.length === 0) return 'not_applicable';
  if (!files.has(TIMESTAMP)) fail(TIMESTAMP, null, 'is missing, and the policy demands a timestamp');
  // Honest rather than lenient: a token that was not verified proves nothing.
  else fail(TIMESTAMP, null, 'cannot be verified: this version of the verifier reads no RFC 3161 tokens');
  return undefined;
};
