const BLOCK_BYTES = 256 * 1024;
/** The most bytes of a line that are held. The rest of a longer line is never read nor stored. */
export const LINE_HELD_BYTES = 1024 * 1024;

const NEWLINE = 0x0a;

/** Whole lines, each ended by a line feed. Or, as the last block of a stream, a piece of a line. */
export interface Block {
  readonly bytes: Buffer;
  readonly isPiece: boolean;
  /** How many of its lines were longer than {@link LINE_HELD_BYTES}. */
  readonly cut: number;
}

/**
 * Combines the bytes of a stream into blocks of about 256 KiB that end with a whole line. Each block has memory
 * of its own.
 */
export async function* blocksOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Block> {
  const gathered = createBlocks();
  let failure: { readonly error: unknown } | undefined;
  try {
    for await (const chunk of bytes) yield* gathered.add(asBuffer(chunk));
  } catch (error) {
    failure = { error };
  }
  // The lines before a connection broke are complete, and need not be requested again.
  for (const block of gathered.rest()) if (failure === undefined || !block.isPiece) yield block;
  if (failure !== undefined) throw failure.error;
}

function createBlocks() {
  let block: Buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  let filled = 0;
  let cut = 0;
  // Set while the rest of a line that was too long is skipped.
  let isSkipping = false;

  // The block is full: return its whole lines, or make room for more of the single line in it.
  const makeRoom = (): Block | undefined => {
    const end = block.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      const whole = { bytes: block.subarray(0, end), isPiece: false, cut };
      const carried = block.subarray(end);
      block = Buffer.allocUnsafeSlow(carried.length < BLOCK_BYTES ? BLOCK_BYTES : LINE_HELD_BYTES);
      [filled, cut] = [carried.copy(block), 0];
      return whole;
    }
    if (block.length < LINE_HELD_BYTES) block = grown(block);
    // One byte is needed for the line feed that ends the cut line.
    else [filled, cut, isSkipping] = [filled - 1, cut + 1, true];
    return undefined;
  };

  return {
    *add(chunk: Buffer): Generator<Block> {
      let rest = chunk;
      while (rest.length > 0) {
        if (isSkipping) {
          const end = rest.indexOf(NEWLINE);
          if (end === -1) return;
          isSkipping = false;
          rest = rest.subarray(end);
        }
        const taken = rest.copy(block, filled);
        filled += taken;
        rest = rest.subarray(taken);
        const whole = filled < block.length ? undefined : makeRoom();
        if (whole !== undefined) yield whole;
      }
    },
    rest: () => lastOf(block.subarray(0, filled), { cut, isSkipping }),
  };
}

function* lastOf(
  left: Buffer,
  { cut, isSkipping }: { readonly cut: number; readonly isSkipping: boolean },
): Generator<Block> {
  const end = left.lastIndexOf(NEWLINE) + 1;
  if (end > 0) yield { bytes: left.subarray(0, end), isPiece: false, cut: isSkipping ? 0 : cut };
  if (end < left.length) {
    yield { bytes: left.subarray(end), isPiece: true, cut: isSkipping ? cut : 0 };
  }
}

function grown(block: Buffer): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.min(LINE_HELD_BYTES, block.length * 2));
  block.copy(larger);
  return larger;
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.isBuffer(chunk)
    ? chunk
    : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
