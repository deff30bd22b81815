import { PIECE_AT_LEAST, TIME_PARTS, withoutPieceTimes } from '../../domain/redact/node-time.ts';

// The API server puts a time before each line. Kubelets write nine digits, mostly with `Z`, but in the node's
// own time zone if that is not UTC. Go's shorter form, which cuts zeros, occurs as well.

/** `2026-11-23T10:58:14.437217658Z`: always of the same width, so its bytes sort as the times do. */
export const TIME_BYTES = 30;

const BLANK = 0x20;
const Z = 0x5a;
const DOT = 0x2e;
const TIME_AT_MOST = 40;

/**
 * The time of the line that begins at an offset, in the form above; undefined if it has none, as in the
 * kubelet's own messages. The result may share the block's memory.
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

/** A time of RFC 3339 as UTC with nine digits; undefined for other texts. */
export function canonicalTime(text: string): string | undefined {
  const [, second = '', fraction = '', zone = ''] = TIME_PARTS.exec(text) ?? [];
  if (second === '') return undefined;
  const at = Date.parse(`${second}${zone}`);
  if (Number.isNaN(at)) return undefined;
  return `${new Date(at).toISOString().slice(0, 19)}.${fraction.padEnd(9, '0')}Z`;
}

/** Less than, equal to or greater than 0, as for a sort. */
export function compareTimes(one: Buffer, other: Buffer): number {
  // The times are nearly always within one minute, so the first bytes are equal; and a native call costs more.
  for (let at = 0; at < TIME_BYTES; at += 1) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The whole second of a time: `sinceTime` of the log API ignores fractions. */
export function wholeSecond(time: string): string {
  return `${time.slice(0, 19)}Z`;
}

const REDACTED = Buffer.from('[REDACTED:');

/**
 * A line of the registry without the times that older kubelets put into its middle, between the pieces that the
 * runtime wrote (mostly of 16 KB). A client decides by the length of its request where a time goes: into the
 * user's name, or before it. logrus writes each time in quotes, so this removes no text of the line itself,
 * except in text that a client sent. Returns the same Buffer if there is no such time. Only long lines, and
 * short ones from which something was removed, are searched: searching each line would double the time of
 * reading.
 */
export function withoutInnerTimes(line: Buffer): Buffer {
  if (line.length < PIECE_AT_LEAST && !line.includes(REDACTED)) return line;
  const text = line.toString('latin1');
  const whole = withoutPieceTimes(text, true);
  return whole.length === text.length ? line : Buffer.from(whole, 'latin1');
}
