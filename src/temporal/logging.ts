import type { Logger, LogLevel, LogMetadata } from '@temporalio/worker';
import { pino } from 'pino';

/** Writes JSON lines to standard error; `level` is pino's, `info` by default. */
export function createLogger(level = 'info'): Logger {
  const lines = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination(2),
  );
  const write =
    (at: 'trace' | 'debug' | 'info' | 'warn' | 'error') => (message: string, meta?: LogMetadata) =>
      lines[at](plain(meta), message);
  const by = {
    TRACE: write('trace'),
    DEBUG: write('debug'),
    INFO: write('info'),
    WARN: write('warn'),
    ERROR: write('error'),
  };
  return {
    log: (at: LogLevel, message, meta) => by[at](message, meta),
    trace: by.TRACE,
    debug: by.DEBUG,
    info: by.INFO,
    warn: by.WARN,
    error: by.ERROR,
  };
}

// Native lines carry nanoseconds as a bigint, which JSON does not know.
function plain(meta: LogMetadata | undefined): Record<string, unknown> {
  const entries = Object.entries(meta ?? {});
  return Object.fromEntries(
    entries.map(([key, value]) => [key, typeof value === 'bigint' ? String(value) : value]),
  );
}
