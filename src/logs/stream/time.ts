import { PIECE_AT_LEAST, TIME_PARTS, withoutPieceTimes } from '../../domain/redact/node-time.ts';

// The API server puts a time before each line. Kubelets write nine digits and mostly `Z`, but in the
// node's own time zone where that is not UTC; Go's shorter form, which cuts zeros, turns up as well.

/** `2026-11-23T10:58:14.437217658Z`: as wide always, so that its bytes sort as the times do. */
export const TIME_BYTES = 30;

const BLANK = 0x20;
const Z = 0x5a;
const DOT = 0x2e;
const TIME_AT_MOST = 40;

/**
 * The time of the line that begins at an offset, in the form above; undefined if it has none, as
 * what the kubelet says itself. The result may share the block's memory.
 */
export function timeOfLine(block: Buffer, start: number, end: number): Buffer | undefined {
  const isPlain =
    block[start + TIME_BYTES] === BLANK &&
    block[start + TIME_BYTES - 1] === Z &&
    block[start + 19] === DOT;
  if (isPlain) return block.subarray(start, start + TIME_BYTES);
  const blank = block.indexOf(BLANK, start);
  if (blank === -1 || blank > Math.min(end, start + TIME_AT_MOST)) return undefined;
  const time = canonicalTime(block.toString('latin1', start, blank));
  return time === undefined ? undefined : Buffer.from(time);
}

/** A time in RFC 3339 as UTC with nine digits; undefined where it is none. */
export function canonicalTime(text: string): string | undefined {
  const [, second = '', fraction = '', zone = ''] = TIME_PARTS.exec(text) ?? [];
  if (second === '') return undefined;
  const at = Date.parse(`${second}${zone}`);
  if (Number.isNaN(at)) return undefined;
  return `${new Date(at).toISOString().slice(0, 19)}.${fraction.padEnd(9, '0')}Z`;
}

/** Less than, equal to or greater than 0, as for a sort. */
export function compareTimes(one: Buffer, other: Buffer): number {
  // Nearly always within the same minute: the first bytes say nothing, and a native call costs more.
  for (let at = 0; at < TIME_BYTES; at += 1) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The whole second of a time, which is all that `sinceTime` of the log API looks at. */
export function wholeSecond(time: string): string {
  return `${time.slice(0, 19)}Z`;
}

const REDACTED = Buffer.from('[REDACTED:');

/**
 * A line of the registry without the times that older kubelets put into its middle, where the runtime
 * wrote it in pieces (of 16 KB mostly). A client chooses where that is, by what it sends: into the
 * user's name, or before it. logrus leaves no time without quotes, so that nothing of a line's own goes
 * but in what somebody else said. The very same where there is none. To search each line would double
 * what reading it takes: a short one is in pieces only where something was taken out of it.
 */
export function withoutInnerTimes(line: Buffer): Buffer {
  if (line.length < PIECE_AT_LEAST && !line.includes(REDACTED)) return line;
  const text = line.toString('latin1');
  const whole = withoutPieceTimes(text, true);
  return whole.length === text.length ? line : Buffer.from(whole, 'latin1');
}
