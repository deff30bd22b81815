const FEED = 0x0a;
export const LINE_AT_MOST = 1024 * 1024;
const CUT = Buffer.from(' [CUT]\n');

/**
 * Whole lines as soon as they arrive, in blocks that end with a line feed. The rest of a line beyond 1 MiB is
 * cut off. A piece of a line at the end of a stream is left out: the next stream brings the whole line.
 */
export async function* liveLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let piece = Buffer.alloc(0);
  let isSkipping = false;
  for await (const chunk of bytes) {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (isSkipping) {
      const end = rest.indexOf(FEED);
      if (end === -1) continue;
      rest = rest.subarray(end + 1);
      isSkipping = false;
    }
    const end = rest.lastIndexOf(FEED) + 1;
    if (end > 0) yield Buffer.concat([piece, rest.subarray(0, end)]);
    piece = end > 0 ? Buffer.from(rest.subarray(end)) : Buffer.concat([piece, rest]);
    if (piece.length <= LINE_AT_MOST) continue;
    yield Buffer.concat([piece.subarray(0, LINE_AT_MOST), CUT]);
    piece = Buffer.alloc(0);
    isSkipping = true;
  }
}
