import type { Logger, LogLevel, LogMetadata } from '@temporalio/worker';
import { pino } from 'pino';
import { logFields, logText } from './log/fields.ts';

/** Where lines go: each ends with a line break. */
interface LineSink {
  write(line: string): void;
}

/**
 * Writes JSON lines to standard error, or where `to` puts them; `level` is pino's, `info` by default. The
 * one place where errors are written, the SDK's lines included: log-fields.ts says how. Stacks are for
 * `debug` and `trace`.
 */
export function createLogger(level = 'info', to: LineSink = pino.destination(2)): Logger {
  const lines = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, to);
  const stacks = level === 'debug' || level === 'trace';
  const write =
    (at: 'trace' | 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, meta?: LogMetadata): void => {
      if (lines.isLevelEnabled(at)) lines[at](logFields(meta, { stacks }), logText(message));
    };
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
