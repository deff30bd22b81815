// Whoever asks for more is asked again sooner: a server does not decide how long Purser is gone.
const AT_MOST_MS = 300_000;

/**
 * What a `Retry-After` asks for, in milliseconds from `now`, at most five minutes (or `atMostMs`). HTTP
 * allows whole seconds and a date (RFC 9110, 10.2.3); undefined for anything else, and for no header.
 */
export function parseRetryAfter(
  header: string | readonly string[] | undefined,
  { now = Date.now(), atMostMs = AT_MOST_MS } = {},
): number | undefined {
  const text = (typeof header === 'string' ? header : (header?.[0] ?? '')).trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : untilDate(text, now);
  return ms === undefined ? undefined : Math.min(Math.max(0, ms), atMostMs);
}

// Date.parse takes much that is no HTTP date, such as `-1`.
function untilDate(text: string, now: number): number | undefined {
  if (!/^[A-Z][a-z]{2,8},? .*\d{2}:\d{2}:\d{2}/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at - now;
}
