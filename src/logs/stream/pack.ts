import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';

/** What became of a file, once it has been read to its end. */
export interface Packed {
  fileBytes: number;
  sha256: string;
}

// Level 3 is zstd's own choice, and what `zstd -3` of the bench does. Ahead: Node's own 64 KiB are less than a block: no block would be read while another is compressed.
const OPTIONS = {
  chunkSize: 128 * 1024,
  writableHighWaterMark: 1024 * 1024,
  params: {
    [constants.ZSTD_c_compressionLevel]: 3,
    [constants.ZSTD_c_checksumFlag]: 1,
  },
};

/**
 * Compresses blocks with zstd, in Node's thread pool beside the thread that reads them, and notes
 * size and SHA-256 of what comes out.
 */
export async function* pack(
  blocks: AsyncIterable<Uint8Array>,
  packed: Packed,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  const zstd = createZstdCompress(OPTIONS);
  const fed = pipeline(blocks, zstd);
  // Seen below, after what it has made of the stream; it must not end the process before that.
  fed.catch(() => {});
  for await (const chunk of zstd as AsyncIterable<Buffer>) {
    hash.update(chunk);
    packed.fileBytes += chunk.length;
    yield chunk;
  }
  await fed;
  packed.sha256 = hash.digest('hex');
}
