/** The messages of the registry that log an action or a refusal. */
export type AuditMessage =
  'completed' | 'failed' | 'denied' | 'client-error' | 'self-review' | 'access';

const QUOTE = 0x22;
const BLANK = 0x20;

// A time has nine digits after the second, and zeros at its end are cut: `time="…Z"` ends in between.
const TIME_BEGINS = 'time="'.length;
const TIME_ENDS_FROM = TIME_BEGINS + '2026-11-23T11:46:14Z'.length;
const TIME_ENDS_BEFORE = TIME_BEGINS + '2026-11-23T11:46:14.875640342+00:00'.length + 1;
const LEVEL_AT_MOST = ' level=warning'.length;

const MESSAGES: readonly (readonly [AuditMessage, Buffer])[] = [
  ['completed', Buffer.from('"response completed"')],
  ['failed', Buffer.from('"response completed with error"')],
  ['denied', Buffer.from('"OpenShift access denied')],
  ['client-error', Buffer.from('"OpenShift client error')],
  ['self-review', Buffer.from('"Self subject review failed')],
  // Until June 2024 the registry asked for the user instead (openshift-facts.md 10.2).
  ['self-review', Buffer.from('"Get user failed')],
  ['access', Buffer.from('response ')],
];
const LEVEL = Buffer.from(' level=');
const MSG = Buffer.from(' msg=');

/**
 * The kind of message in a line of the registry's log; undefined for lines without an event. It checks only
 * some seventy bytes at the front: every line has time, level and message there, and a collection checks every
 * line.
 */
export function messageOf(line: Buffer): AuditMessage | undefined {
  if (line[0] !== 0x74 || line[TIME_BEGINS - 1] !== QUOTE) return undefined;
  const level = find(line, QUOTE, TIME_ENDS_FROM, TIME_ENDS_BEFORE) + 1;
  if (level === 0 || !holds(line, LEVEL, level)) return undefined;
  const from = level + LEVEL.length;
  const msg = find(line, BLANK, from, from + LEVEL_AT_MOST);
  if (msg === -1 || !holds(line, MSG, msg)) return undefined;
  for (const [message, bytes] of MESSAGES) {
    if (holds(line, bytes, msg + MSG.length)) return message;
  }
  return undefined;
}

function find(line: Buffer, byte: number, from: number, before: number): number {
  for (let at = from; at < before && at < line.length; at++) if (line[at] === byte) return at;
  return -1;
}

function holds(line: Buffer, bytes: Buffer, from: number): boolean {
  for (let at = 0; at < bytes.length; at++) if (line[from + at] !== bytes[at]) return false;
  return true;
}
