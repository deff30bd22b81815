import { fstatSync } from 'node:fs';
import { replaceInvisible } from '../../../domain/subject.ts';

const TAB = 0x09;
const BLANK = 0x20;
const DELETE = 0x7f;

/**
 * A line of a log without characters that control a terminal or are invisible: a client may have sent them.
 * Each one is replaced by `·`, except tabs. Most lines hold none, and the same Buffer is returned.
 */
export function cleaned(line: Buffer): Buffer {
  if (isPlain(line)) return line;
  return Buffer.from(
    replaceInvisible(line.toString('utf8'), (each) => (each === '\t' ? each : '·')),
  );
}

/**
 * Prepares lines for the output: `cleaned`, unless they go into a file or `raw` is set. Lines for a pipe are
 * cleaned, because a pipe may end in a terminal.
 */
export function cleanerFor({ raw = false }: { readonly raw?: boolean }): (line: Buffer) => Buffer {
  return raw || fstatSync(process.stdout.fd).isFile() ? (line) => line : cleaned;
}

function isPlain(line: Buffer): boolean {
  for (const byte of line) {
    if (byte >= DELETE || (byte < BLANK && byte !== TAB)) return false;
  }
  return true;
}
