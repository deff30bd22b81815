import type { Logger, LogLevel, LogMetadata } from '@temporalio/worker';
import { pino } from 'pino';
import { logFields, logText } from './log/fields.ts';

/** Takes the lines; each ends with a line break. */
interface LineSink {
  write(line: string): void;
}

/**
 * Writes JSON lines to standard error, or to `to`; `level` is pino's, `info` by default. All errors are written
 * here, also those of the SDK; log/fields.ts formats them. Only `debug` and `trace` include stacks.
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
