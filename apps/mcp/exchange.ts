import type { CallAnswer } from '#calls';
import type { Principal } from '#identity';

/** `malformed`: why the protocol refuses the call; it is recorded and nothing else. `declined`: a person was asked through the client and said no. */
export type Unusual = { readonly malformed?: string; readonly declined?: boolean };

/** One HTTP request and what became of it. Nothing of it outlives the request, nothing is shared with another (CVE-2026-25536). */
export type Exchange = {
  readonly principal: Principal;
  readonly pack: string | null;
  call(toolName: string, given: Readonly<Record<string, unknown>>, meta: Readonly<Record<string, unknown>>, unusual?: Unusual): Promise<CallAnswer>;
  /** Whether a call was made of it. */
  called: boolean;
  /** Set when the credential turned out dead in the middle: the whole answer becomes HTTP 401. */
  unauthenticated: boolean;
};
