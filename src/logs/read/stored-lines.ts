import { Readable } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';

const FEED = 0x0a;
// Decompression runs beside this thread, while the earlier lines are filtered.
const OPTIONS = { chunkSize: 128 * 1024, readableHighWaterMark: 1024 * 1024 };

/**
 * The lines of a compressed file, without their line breaks, some at a time: a promise for each line would take
 * longer than reading it. It holds one chunk and one line in memory.
 */
export async function* storedLines(
  content: AsyncIterable<Uint8Array>,
): AsyncIterable<readonly Buffer[]> {
  let rest: Buffer[] = [];
  for await (const chunk of decompressed(content)) {
    const lines: Buffer[] = [];
    let from = 0;
    for (let end = chunk.indexOf(FEED); end !== -1; end = chunk.indexOf(FEED, from)) {
      const line = chunk.subarray(from, end);
      lines.push(rest.length === 0 ? line : Buffer.concat([...rest, line]));
      rest = [];
      from = end + 1;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
    if (lines.length > 0) yield lines;
  }
  if (rest.length > 0) yield [Buffer.concat(rest)];
}

/** The bytes of a compressed file. Throws if it is not compressed with zstd, or ends too early. */
export function decompressed(content: AsyncIterable<Uint8Array>): AsyncIterable<Buffer> {
  const source = Readable.from(content, { objectMode: false });
  const unpacked = createZstdDecompress(OPTIONS);
  source.once('error', (error) => unpacked.destroy(error));
  unpacked.once('close', () => source.destroy());
  return source.pipe(unpacked);
}
