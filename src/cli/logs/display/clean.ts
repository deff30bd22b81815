import { fstatSync } from 'node:fs';
import { replaceInvisible } from '../../../domain/subject.ts';

const TAB = 0x09;
const BLANK = 0x20;
const DELETE = 0x7f;

/**
 * A line of a log without what would drive a terminal, or cannot be seen: it may hold what any client has sent. In
 * the place of each such character stands `·`, but for tabs. Most lines are plain, and come back as they are.
 */
export function cleaned(line: Buffer): Buffer {
  if (isPlain(line)) return line;
  return Buffer.from(
    replaceInvisible(line.toString('utf8'), (each) => (each === '\t' ? each : '·')),
  );
}

/**
 * What lines are made of before they are shown: `cleaned`, unless they go into a file, or are wanted `raw`. A
 * pipe may end in a terminal, too.
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
