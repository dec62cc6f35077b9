import type { ExtractionStatus } from '../ports.ts';

/** A version that waits to be read. */
export type UnreadVersion = {
  readonly organization: string;
  readonly contentId: string;
  readonly version: number;
  /** Bytes of the file, and their address. */
  readonly size: number;
  readonly blob: string;
};

/**
 * Which versions wait to be read, and who reads which. Any number of processes may ask: a version belongs to one at a
 * time, and to nobody any more when its process or connection is gone. @throws StoreUnavailable
 */
export interface ExtractionQueue {
  /** Oldest first, of one site where given; LIMITS.unreadListed at most. */
  unread(siteId: string | null): Promise<readonly UnreadVersion[]>;
  /** Null where somebody else reads it, or nobody needs to any more. The attempt is counted durably before this returns. */
  claim(version: UnreadVersion): Promise<Claimed | null>;
  /** What became of versions, counted. */
  countOutcomes(versions: readonly UnreadVersion[]): Promise<Outcomes>;
}

/** How many versions have which status. */
export type Outcomes = ReadonlyMap<ExtractionStatus, number>;

export type Claimed = {
  /** This one included: 1 for the first. */
  readonly attempt: number;
  /** The version's vault row, as it is stored. */
  readonly details: Buffer;
  /** The attempt was cut short by something other than the document, and does not count. */
  forgive(): Promise<void>;
  release(): void;
};
