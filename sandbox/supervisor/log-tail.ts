import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** The last `count` lines of a file, oldest first; none if it is missing. Reads at most 64 KiB. */
export function lastLines(file: string, count: number): string[] {
  return tail(file, 64 * 1024).slice(-count);
}

/**
 * The last lines of a program's log, `count` at most, oldest first, without the stack traces of Go: a
 * trace is longer than that, and the reason of the panic is above it. Reads at most 4 MiB, because a fatal
 * error prints all goroutines of an API server.
 */
export function lastLinesWithoutTraces(file: string, count: number): string[] {
  return withoutTraces(tail(file, 4 * 1024 * 1024)).slice(-count);
}

// A trace has a head for each goroutine and two lines for each call; the second line begins with a tab.
const traceHead = /^goroutine \d+ .*\[.*\]:$/;
const elided = /^\.\.\..* frames elided\.\.\.$/;

function withoutTraces(lines: readonly string[]): string[] {
  let isTrace = false;
  return lines.filter((line, index) => {
    const isCall = line.startsWith('\t') || lines[index + 1]?.startsWith('\t') === true;
    isTrace = traceHead.test(line) || (isTrace && (isCall || line === '' || elided.test(line)));
    return !isTrace;
  });
}

function tail(file: string, mostBytes: number): string[] {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return [];
  }
  try {
    const { size } = fstatSync(descriptor);
    const length = Math.min(size, mostBytes);
    const bytes = Buffer.alloc(length);
    readSync(descriptor, bytes, 0, length, size - length);
    return bytes.toString('utf8').trimEnd().split('\n');
  } finally {
    closeSync(descriptor);
  }
}
