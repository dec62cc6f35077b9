import { type CallAnswer, type CallReference, errorContent } from '#calls';
import { refuse } from '#kernel';

/** An answer as MCP shows it, before it is framed: a tool's result, or the protocol error for a tool that is not there. */
export type Presented =
  | { readonly kind: 'result'; readonly structuredContent: Record<string, unknown>; readonly isError: boolean; readonly reference: CallReference | null }
  | { readonly kind: 'unknown_tool'; readonly data: { readonly code: 'unknown_tool'; readonly traceId: string } };

/** JSON-RPC 2.0, 5.1: invalid params. Unknown, hidden and disabled tools are one text. */
export const UNKNOWN_TOOL = { code: -32602, message: 'There is no such tool.' } as const;

export function presentAnswer(answer: CallAnswer): Presented {
  switch (answer.outcome) {
    case 'answered':
      return { kind: 'result', structuredContent: { ...answer.structuredContent }, isError: false, reference: answer.reference };
    case 'refused': {
      const { refusal, reference } = answer;
      if (refusal.code === 'unknown_tool') return { kind: 'unknown_tool', data: { code: 'unknown_tool', traceId: reference.recordId } };
      return { kind: 'result', structuredContent: { ...errorContent(refusal, reference.recordId) }, isError: true, reference };
    }
    case 'unrecorded':
      return { kind: 'result', structuredContent: { ...errorContent(answer.refusal, null) }, isError: true, reference: null };
    case 'unauthenticated': {
      const refusal = refuse('unauthenticated', 'The credential is not valid.');
      return { kind: 'result', structuredContent: { ...errorContent(refusal, null) }, isError: true, reference: null };
    }
  }
}
