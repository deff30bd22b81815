import { closeSync, openSync, writeSync } from 'node:fs';
import { goQuote, rfc3339Nano } from './go-format.ts';

export type LogFields = Readonly<Record<string, string | number>>;

export interface Log {
  readonly info: (message: string, fields?: LogFields) => void;
  readonly warning: (message: string, fields?: LogFields) => void;
  readonly error: (message: string, fields?: LogFields) => void;
  /** The same log with these fields on every line. */
  readonly with: (fields: LogFields) => Log;
}

export interface LogFile {
  readonly log: Log;
  /** Opens the path again: after a rename the next line goes to a new file. */
  readonly reopen: () => void;
  readonly close: () => void;
}

// What the recorded registry printed; the value has no meaning.
const GO_VERSION = 'go1.26.8';

/**
 * A container's log in CRI format, appended: `<RFC3339Nano> stderr F <logrus text line>`. Lines are
 * written at once, so that a killed process loses none.
 */
export function openLogFile(path: string): LogFile {
  let file = openSync(path, 'a');
  let closed = false;
  const write = (level: string, message: string, fields: LogFields): void => {
    if (closed) {
      return; // A request that was cut off by the end of the program.
    }
    const now = rfc3339Nano();
    writeSync(file, `${now} stderr F ${formatLine({ time: now, level, message, fields })}\n`);
  };
  return {
    log: createLog(write, { 'go.version': GO_VERSION }),
    reopen: () => {
      const old = file;
      file = openSync(path, 'a');
      closeSync(old);
    },
    close: () => {
      closed = true;
      closeSync(file);
    },
  };
}

type Write = (level: string, message: string, fields: LogFields) => void;

function createLog(write: Write, base: LogFields): Log {
  const at =
    (level: string) =>
    (message: string, fields?: LogFields): void =>
      write(level, message, fields === undefined ? base : { ...base, ...fields });
  return {
    info: at('info'),
    warning: at('warning'),
    error: at('error'),
    with: (fields) => createLog(write, { ...base, ...fields }),
  };
}

/** One line as logrus' text formatter writes it: time, level, msg, then the fields by key. */
export function formatLine(line: {
  readonly time: string;
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}): string {
  let text = `time=${value(line.time)} level=${line.level} msg=${value(line.message)}`;
  for (const key of Object.keys(line.fields).sort()) {
    text += ` ${key}=${value(line.fields[key] ?? '')}`;
  }
  return text;
}

const NEEDS_QUOTES = /[^A-Za-z0-9\-._/@^+]/;

function value(raw: string | number): string {
  const text = String(raw);
  return NEEDS_QUOTES.test(text) ? goQuote(text) : text;
}
