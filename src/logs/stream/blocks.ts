const BLOCK_BYTES = 256 * 1024;
/** Of a longer line no more is held: what is cut here was never looked at, and is never kept. */
export const LINE_HELD_BYTES = 1024 * 1024;

const NEWLINE = 0x0a;

/** Whole lines, each ended by a line feed; or, as the last thing of a stream, a piece of a line. */
export interface Block {
  readonly bytes: Buffer;
  readonly isPiece: boolean;
  /** How many of its lines were longer than what is held. */
  readonly cut: number;
}

/**
 * Gathers the bytes of a stream into blocks of some 256 KiB that end with a line, so that lines can
 * be looked at by the block. Each block has memory of its own.
 */
export async function* blocksOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Block> {
  const gathered = createBlocks();
  let failure: { readonly error: unknown } | undefined;
  try {
    for await (const chunk of bytes) yield* gathered.add(asBuffer(chunk));
  } catch (error) {
    failure = { error };
  }
  // The lines that came before a connection broke are whole, and need not be asked for again.
  for (const block of gathered.rest()) if (failure === undefined || !block.isPiece) yield block;
  if (failure !== undefined) throw failure.error;
}

function createBlocks() {
  let block: Buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  let filled = 0;
  let cut = 0;
  // Set while the rest of a line that was too long goes by.
  let isSkipping = false;

  // The block is full: out with its whole lines, or room for more of the one line that it holds.
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
    // Room for the line feed that ends what is kept of it.
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
