// Loggers put what they like before each line that a program prints, or make a JSON object of it. Then
// only what stands where a message does is looked at, and only that goes: whatever somebody makes such a
// logger write, the rest of its line stays.

/** Longer lines are no line of a key, whatever is around it. */
const LINE_AT_MOST = 2_000;
const FEED = String.raw`(?:\\{1,8}[rn]){0,2}`;
const BASE64 = String.raw`[A-Za-z0-9+/]{1,80}={0,2}`;
const MESSAGE = new RegExp(
  String.raw`"(?:msg|message|log|text|line|event|MESSAGE)"\s?:\s?"(${BASE64})${FEED}"`,
);
const AT_END = new RegExp(String.raw`(?<=[\s"'|:>=\]])(${BASE64})${FEED}["']?\s*$`);
/** The message of a line of logfmt, as Go's `slog` writes it, with fields behind it. */
const LOGFMT = new RegExp(String.raw`(?:^|\s)(?:msg|message)="(${BASE64})${FEED}" [\w.-]{1,60}=`);
/** The signs of a full line of PEM, OpenPGP, SSH2 or PuTTY: 64, 70 or 76. */
const FULL_AT_LEAST = 60;
const FULL = /^[A-Za-z0-9+/]{60,}/;
const SHORT_AT_LEAST = 16;

/**
 * Where the base64 of a key stands in a line behind what a logger put there: from and to. `isSure`: only a
 * full line. undefined where the message is anything else.
 */
export function keyPayload(
  content: string,
  isStrict: boolean,
): readonly [number, number] | undefined {
  if (content.length > LINE_AT_MOST) return undefined;
  const match = content.startsWith('{')
    ? MESSAGE.exec(content)
    : (LOGFMT.exec(content) ?? AT_END.exec(content));
  const [whole = '', payload = ''] = match ?? [];
  if (match === null || !isKeyData(payload, isStrict ? FULL_AT_LEAST : SHORT_AT_LEAST))
    return undefined;
  const start = match.index + whole.lastIndexOf(payload);
  return [start, start + payload.length];
}

function isKeyData(payload: string, atLeast: number): boolean {
  if (FULL.test(payload)) return isMixed(payload);
  const isLast = payload.length >= atLeast || (payload.endsWith('=') && atLeast < FULL_AT_LEAST);
  return isLast && payload.length % 4 === 0 && (payload.endsWith('=') || isMixed(payload));
}

/** As base64 of what is random is, and no word or digest. */
export function isMixed(content: string): boolean {
  return /[a-z]/.test(content) && /[A-Z]/.test(content) && /[\d+/]/.test(content);
}
