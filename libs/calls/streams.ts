import { z } from 'zod';
import { type EventsOf, stream } from '#tools';

const confirmationId = z.string();
const userId = z.string();

const events = {
  /** A write was previewed and waits. Everything it is bound to, in ids, numbers and digests; what was shown lies in the vault. */
  ConfirmationRequested: z.strictObject({
    confirmationId,
    organizationId: z.string(),
    /** The call that was refused, and its group. */
    recordId: z.string(),
    correlationId: z.string(),
    userId,
    clientId: z.string().nullable(),
    credentialId: z.string(),
    rule: z.enum(['token', 'human']),
    /** Unix milliseconds. */
    expiresAt: z.int(),
    /** The tool by name and by the digest of its definition. */
    tool: z.string(),
    definition: z.string(),
    /** What the write was decided on: the stream, and how many events it held. */
    target: z.strictObject({ stream: z.string(), revision: z.int() }),
    tokenSha256: z.string(),
    /** HMAC-SHA-256 under the token, so that nobody without it can guess what they are of. */
    argumentsHmac: z.string(),
    shownHmac: z.string(),
  }),
  /** A person looked at it. */
  ConfirmationShown: z.strictObject({ confirmationId, userId }),
  ConfirmationGranted: z.strictObject({ confirmationId, userId }),
  ConfirmationDenied: z.strictObject({ confirmationId, userId }),
  /** Somebody came too late: this is when it was noticed. */
  ConfirmationExpired: z.strictObject({ confirmationId }),
  /** The write happened, in this very commit, by this call. */
  ConfirmationConsumed: z.strictObject({ confirmationId, recordId: z.string() }),
};

export type ConfirmationEvent = EventsOf<typeof events>;
export type ConfirmationRequest = z.infer<(typeof events)['ConfirmationRequested']>;

export type ConfirmationStatus = 'requested' | 'granted' | 'denied' | 'expired' | 'consumed';

/** `answeredBy`: who granted or denied it. */
export type Confirmation = {
  readonly request: ConfirmationRequest;
  readonly status: ConfirmationStatus;
  readonly shownTo: readonly string[];
  readonly answeredBy: string | null;
};

/** One question whether a write may happen, from the call that asked it to the call that used the answer. */
export const confirmationStream = stream<Confirmation | null, typeof events>({
  domain: 'calls',
  noun: 'confirmation',
  events,
  initial: null,
  evolve(confirmation, event) {
    if (event.type === 'ConfirmationRequested') return { request: event.data, status: 'requested', shownTo: [], answeredBy: null };
    if (confirmation === null) return null;
    switch (event.type) {
      case 'ConfirmationShown':
        return { ...confirmation, shownTo: [...confirmation.shownTo, event.data.userId] };
      case 'ConfirmationGranted':
        return { ...confirmation, status: 'granted', answeredBy: event.data.userId };
      case 'ConfirmationDenied':
        return { ...confirmation, status: 'denied', answeredBy: event.data.userId };
      case 'ConfirmationExpired':
        return { ...confirmation, status: 'expired' };
      case 'ConfirmationConsumed':
        return { ...confirmation, status: 'consumed' };
    }
  },
});
