/**
 * A text as it can be sent in a header: its bytes in UTF-8, as Go's clients send them and the API server
 * reads them, where Node would send others for `ä` and refuse `€`. Throws an Error without the text, `what`
 * of which names it, for what cannot be sent.
 */
export function asHeaderValue(text: string, what: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\0-\x08\x0a-\x1f\x7f]/.test(text)) {
    throw new Error(`${what} has a line break or another control character in it`);
  }
  return Buffer.from(text, 'utf8').toString('latin1');
}
