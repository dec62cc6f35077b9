/** Whether an error of the system or of the database has one of these codes (`ENOENT`, SQLSTATE). */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && codes.includes(String(error.code));
}
