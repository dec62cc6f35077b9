import type { Log } from '#platform';

/** Ends this process with exit code 0 after so long at the latest. Does not keep it from ending earlier. */
export function exitWithin(milliseconds: number, log: Log): void {
  const exit = () => {
    log.warn('ended before everything had come to rest', { milliseconds });
    process.exit(0);
  };
  setTimeout(exit, milliseconds).unref();
}
