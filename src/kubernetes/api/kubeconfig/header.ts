/**
 * A text as a header's value: its bytes in UTF-8, as Go's clients send them and the API server reads them.
 * Node would send other bytes for `ä`, and refuse `€`. Throws an Error for a text that cannot be sent. The
 * error names it by `what`, without the text itself.
 */
export function asHeaderValue(text: string, what: string): string {
  // oxlint-disable-next-line no-control-regex -- the search is for them
  if (/[\0-\x08\x0a-\x1f\x7f]/.test(text)) {
    throw new Error(`${what} has a line break or another control character in it`);
  }
  return Buffer.from(text, 'utf8').toString('latin1');
}
