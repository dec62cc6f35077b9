/**
 * The code of an error of the operating system, such as ENOENT; null for any other error. Told by its shape (`errno`
 * is what only these have), because an error may come from another realm.
 */
export function systemErrorCode(error: unknown): string | null {
  const isSystemError = typeof error === 'object' && error !== null && 'errno' in error && 'code' in error;
  return isSystemError && typeof error.code === 'string' ? error.code : null;
}
