import { fstatSync } from 'node:fs';

const TAB = 0x09;
const BLANK = 0x20;
const DELETE = 0x7f;
// Control characters, and what turns the direction of writing.
const UNSEEN =
  // oxlint-disable-next-line no-control-regex -- control characters are just what is taken out
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * A line of a log without what would drive a terminal: it may hold what any client has sent. In the place of
 * each such character stands `·`. Most lines are plain, and come back as they are.
 */
export function cleaned(line: Buffer): Buffer {
  return isPlain(line) ? line : Buffer.from(line.toString('utf8').replaceAll(UNSEEN, '·'));
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
