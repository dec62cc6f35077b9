import type { Refusal } from '#kernel';
import type { CallAnswer, CallReference } from './call.ts';
import type { Verdict } from './verdict.ts';

/** `structuredContent` as far as it is known before the commit: all but `evidence`. Its digest stands in the record. */
export function said(verdict: Verdict, recordId: string): Readonly<Record<string, unknown>> {
  return verdict.outcome === 'answered' ? verdict.output : errorContent(verdict.refusal, recordId);
}

/** After the commit, and only then. */
export function release(verdict: Verdict, structuredContent: Readonly<Record<string, unknown>>, reference: CallReference): CallAnswer {
  if (verdict.outcome !== 'answered') return { outcome: 'refused', refusal: verdict.refusal, reference };
  if (!verdict.governed) return { outcome: 'answered', structuredContent, reference };
  return { outcome: 'answered', structuredContent: { ...structuredContent, evidence: verdict.testimony === null ? null : reference }, reference };
}

/** `structuredContent` of an error (CONTRACT). `traceId` is null only where there is no record. */
export function errorContent(refusal: Refusal, traceId: string | null): Readonly<Record<string, unknown>> {
  return {
    error: {
      code: refusal.code,
      message: refusal.message,
      traceId,
      issues: refusal.issues ?? [],
      retryAfterSeconds: refusal.retryAfterSeconds ?? null,
      requiredScopes: refusal.requiredScopes ?? null,
      confirmation: refusal.confirmation ?? null,
    },
  };
}
