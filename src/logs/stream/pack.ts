import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';

/** Size and hash of a file, known once its content was read to the end. */
export interface Packed {
  fileBytes: number;
  sha256: string;
}

// Level 3 is zstd's default, as in `zstd -3` of the bench. The buffer must hold more than one block. Node's
// default of 64 KiB would not, and then no block would be read while another one is compressed.
const OPTIONS = {
  chunkSize: 128 * 1024,
  writableHighWaterMark: 1024 * 1024,
  params: {
    [constants.ZSTD_c_compressionLevel]: 3,
    [constants.ZSTD_c_checksumFlag]: 1,
  },
};

/**
 * Compresses blocks with zstd, in Node's thread pool beside the thread that reads them. Notes size and SHA-256
 * of the result.
 */
export async function* pack(
  blocks: AsyncIterable<Uint8Array>,
  packed: Packed,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  const zstd = createZstdCompress(OPTIONS);
  const fed = pipeline(blocks, zstd);
  // The error is handled below, after the output. Until then it must not end the process.
  fed.catch(() => {});
  for await (const chunk of zstd as AsyncIterable<Buffer>) {
    hash.update(chunk);
    packed.fileBytes += chunk.length;
    yield chunk;
  }
  await fed;
  packed.sha256 = hash.digest('hex');
}
