/** The code of a system error such as ENOENT; null for anything else. By shape: an error may come from another realm. */
export function systemErrorCode(error: unknown): string | null {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
