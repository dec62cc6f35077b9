import type { Refusal } from '#kernel';

/** One tool call as it arrived, parsed once; nothing in it is believed yet. */
export type Call = {
  /** UUIDv7: event id, call id, record id and the `traceId` of errors in one. */
  readonly recordId: string;
  readonly receivedAt: number;
  /** The bearer secret. Never stored, never logged. */
  readonly secret: string;
  /** Null on `/mcp`; the pack's name on `/mcp/<pack>`. */
  readonly pack: string | null;
  readonly toolName: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** MCP revision, where it is one that we know. */
  readonly protocol: string | null;
  /** What the client calls itself; told in the record, trusted for nothing. */
  readonly clientName: string | null;
  /** `_meta["deponent/correlationId"]`. */
  readonly metaCorrelationId: unknown;
  /** `Mcp-Session-Id`. */
  readonly sessionId: string | null;
  /** Why the protocol refuses this call, where it does: it is recorded all the same, and nothing of it happens. */
  readonly malformed: string | null;
  /** The person whom the client asked about the confirmation of this call said no. */
  readonly declined?: boolean;
  /** W3C Trace Context, kept as a link where well formed. */
  readonly traceparent: string | null;
};

/** `_meta["deponent/call"]` of every result: with it a client can prove any call. */
export type CallReference = { readonly recordId: string; readonly correlationId: string; readonly eventHash: string };

/** What leaves the process; for the first two, only after their record was committed. */
export type CallAnswer =
  | { readonly outcome: 'answered'; readonly structuredContent: Readonly<Record<string, unknown>>; readonly reference: CallReference }
  | { readonly outcome: 'refused'; readonly refusal: Refusal; readonly reference: CallReference }
  /** The credential is not valid: HTTP 401, no record (it belongs to no organisation). */
  | { readonly outcome: 'unauthenticated' }
  /** It could not be recorded, so it is not answered. */
  | { readonly outcome: 'unrecorded'; readonly refusal: Refusal };
