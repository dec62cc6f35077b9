import { isRefusal, type Refusal, refuse } from '#kernel';
import { groupId, groupOfOne, isGroupIdOf } from '#ledger';
import { EXTERNAL_ID_PATTERN } from '#tools';
import type { Call } from './call.ts';

export type Correlation = {
  readonly group: string;
  readonly source: 'argument' | 'meta' | 'session' | 'none';
  /** What the caller sent, kept as a disclosure. */
  readonly externalId: string | null;
};

/**
 * The group of a call, by explicit ids only (promise 4): argument, then `_meta`, then session header, then none.
 * The group id is a function of user and external id, so equal ids of two people never share a group; our own
 * `cor_…` handed back joins its group only when it is this user's (EVIDENCE, Groups).
 */
export function correlate(call: Call, who: { readonly correlationKey: Uint8Array; readonly user: string }): Correlation | Refusal {
  const sent = firstSent(call);
  if (sent === null) return alone(call);
  const { source, externalId } = sent;
  if (typeof externalId !== 'string' || !EXTERNAL_ID_PATTERN.test(externalId))
    return refuse('invalid_params', FORM, { issues: [{ path: PATHS[source], message: FORM }] });
  if (!externalId.startsWith('cor_')) return { group: groupId(who.correlationKey, who.user, externalId), source, externalId };
  if (isGroupIdOf(who.correlationKey, who.user, externalId)) return { group: externalId, source, externalId };
  return refuse('not_found', 'There is no such correlation group of yours. Send an id of your own choice to start one.');
}

/** A call without an id, or whose id was refused: a group of one. */
function alone(call: Call): Correlation {
  return { group: groupOfOne(call.recordId), source: 'none', externalId: null };
}

export function correlationOrAlone(correlation: Correlation | Refusal, call: Call): Correlation {
  return isRefusal(correlation) ? alone(call) : correlation;
}

const PATHS = { argument: 'correlationId', meta: '_meta.deponent/correlationId', session: 'Mcp-Session-Id' } as const;
const FORM = 'A correlation id has 1 to 128 characters of A-Z a-z 0-9 . _ : / @ -';

function firstSent(call: Call): { readonly source: 'argument' | 'meta' | 'session'; readonly externalId: unknown } | null {
  const { correlationId } = call.arguments;
  // Many clients fill an optional argument with an empty string; it counts as absent, as every argument does.
  if (correlationId !== undefined && correlationId !== '') return { source: 'argument', externalId: correlationId };
  if (call.metaCorrelationId !== undefined) return { source: 'meta', externalId: call.metaCorrelationId };
  if (call.sessionId !== null) return { source: 'session', externalId: call.sessionId };
  return null;
}
