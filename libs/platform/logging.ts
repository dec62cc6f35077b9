/** One line of JSON on stderr for each thing an operator should know. Never arguments, results, names or secrets. */
export type Log = {
  info(event: string, details?: LogDetails): void;
  warn(event: string, details?: LogDetails): void;
  error(event: string, details?: LogDetails & { readonly error?: unknown }): void;
};

export type LogDetails = Readonly<Record<string, unknown>>;

export function jsonLog(write: (line: string) => void, now: () => string): Log {
  const line = (level: string, event: string, details: LogDetails = {}) => write(`${JSON.stringify({ time: now(), level, event, ...plain(details) })}\n`);
  return {
    info: (event, details) => line('info', event, details),
    warn: (event, details) => line('warn', event, details),
    error: (event, details) => line('error', event, details),
  };
}

function plain(details: LogDetails): Record<string, unknown> {
  return Object.fromEntries(Object.entries(details).map(([name, value]) => [name, value instanceof Error ? describe(value) : value]));
}

function describe(error: Error): Record<string, unknown> {
  return { name: error.name, message: error.message, stack: error.stack, ...(error.cause instanceof Error ? { cause: describe(error.cause) } : {}) };
}
