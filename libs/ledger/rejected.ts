/** What was read is not what its specification allows, or does not verify. The message is fit to be shown. */
export class Rejected extends Error {
  override readonly name = 'Rejected';
}

/** Runs a reader; null instead of an exception where it rejects what it read. */
export function acceptOrNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Rejected) return null;
    throw error;
  }
}
