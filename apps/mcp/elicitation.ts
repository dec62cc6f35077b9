import { type InputRequiredResult, inputRequired, inputResponse, type ServerContext } from '@modelcontextprotocol/server';
import type { CallAnswer } from '#calls';
import { isRecord } from './gate.ts';

/**
 * A courtesy to clients of 2026-07-28 that can ask their user (MCP, Elicitation, form mode): where a write waits for
 * rule `token`, the client is asked to ask, instead of the model being handed the token. It proves no more than the
 * token does, for whatever the client answers is the client's word; a write that waits for a person is never asked for so.
 */
export function elicitation(answer: CallAnswer, { mcpReq }: ServerContext): InputRequiredResult | null {
  if (answer.outcome !== 'refused' || !canAsk(mcpReq.envelope)) return null;
  const { confirmation } = answer.refusal;
  if (confirmation === undefined || confirmation.rule !== 'token') return null;
  const changes = confirmation.changes.map(({ field, from, to }) => `${field}: ${from ?? 'none'} → ${to ?? 'none'}`);
  return {
    ...inputRequired({
      inputRequests: {
        [KEY]: inputRequired.elicit({
          message: [confirmation.summary, ...changes].join('\n'),
          requestedSchema: {
            type: 'object',
            properties: { allow: { type: 'boolean', title: 'Allow this change', default: false } },
            required: ['allow'],
          },
        }),
      },
      // The state is the token itself: bound, used once, and worth nothing for another call.
      requestState: confirmation.token,
    }),
    _meta: { 'deponent/call': answer.reference },
  };
}

const KEY = 'confirmation';

/** What the user said, as arguments of the call that is repeated; the call as it came where nobody was asked. */
export function afterElicitation(
  given: Readonly<Record<string, unknown>>,
  { mcpReq }: ServerContext,
): { given: Readonly<Record<string, unknown>>; declined: boolean } {
  const state: unknown = mcpReq.requestState();
  if (typeof state !== 'string' || mcpReq.inputResponses === undefined) return { given, declined: false };
  const response = inputResponse(mcpReq.inputResponses, KEY);
  const allowed = response.kind === 'elicit' && response.action === 'accept' && response.content?.allow === true;
  return { given: { ...given, confirmationToken: state }, declined: !allowed };
}

/** Form mode is declared by itself, or by an empty object (MCP 2026-07-28, Elicitation, Capabilities). */
function canAsk(envelope: unknown): boolean {
  const capabilities = isRecord(envelope) ? envelope['io.modelcontextprotocol/clientCapabilities'] : undefined;
  const declared = isRecord(capabilities) ? capabilities.elicitation : undefined;
  return isRecord(declared) && (Object.keys(declared).length === 0 || 'form' in declared);
}
