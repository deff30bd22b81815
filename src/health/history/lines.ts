const LF = 0x0a;

/** The lines of a text that comes in pieces; also the last one, where nothing ends it. */
export async function* readLines(pieces: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  let rest = Buffer.alloc(0);
  for await (const piece of pieces) {
    rest = rest.length === 0 ? Buffer.from(piece) : Buffer.concat([rest, piece]);
    for (let end = rest.indexOf(LF); end !== -1; end = rest.indexOf(LF)) {
      yield rest.toString('utf8', 0, end);
      rest = rest.subarray(end + 1);
    }
  }
  if (rest.length > 0) yield rest.toString('utf8');
}
