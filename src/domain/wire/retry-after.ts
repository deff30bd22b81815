// Purser retries after this time even if the server asks for more.
const AT_MOST_MS = 300_000;

/**
 * The wait that a `Retry-After` asks for, in milliseconds from `now`, at most five minutes (or `atMostMs`).
 * HTTP allows whole seconds or a date (RFC 9110, 10.2.3); undefined for anything else and without a header.
 */
export function parseRetryAfter(
  header: string | readonly string[] | undefined,
  { now = Date.now(), atMostMs = AT_MOST_MS } = {},
): number | undefined {
  const text = (typeof header === 'string' ? header : (header?.[0] ?? '')).trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : untilDate(text, now);
  return ms === undefined ? undefined : Math.min(Math.max(0, ms), atMostMs);
}

// Date.parse accepts much that is not an HTTP date, such as `-1`.
function untilDate(text: string, now: number): number | undefined {
  if (!/^[A-Z][a-z]{2,8},? .*\d{2}:\d{2}:\d{2}/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at - now;
}
