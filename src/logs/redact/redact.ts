import { createLineRedactor } from '../../domain/redact/redact-lines.ts';
import type { Memory } from '../../domain/redact/redact-lines.ts';
import type { Redactions } from '../manifest.ts';
import { createCustomPatterns } from './custom.ts';
import { suspectLines } from './suspects.ts';

/**
 * Removes secrets from a log, block by block, and counts them. One for each container, because it keeps state
 * between blocks.
 */
export interface Redactor {
  /**
   * Takes a block of whole lines, each ended by a line feed. Returns it without its secrets, or the same Buffer
   * if it holds none. Every byte of a line without a secret stays as it was, and the number of lines stays the
   * same.
   */
  block(block: Buffer): Buffer;
  /** How many secrets of each kind were removed so far. */
  counts(): Redactions;
  /** The state after these lines, for the redactor that continues from here. */
  memory(): Memory | undefined;
  /** Tells the redactor that lines before the next block are missing. */
  skip(): void;
}

/** `custom` are the administrator's own patterns; `from` is the state after the lines before the first one. */
export function createRedactor(custom: readonly string[] = [], from?: Memory): Redactor {
  const counts = new Map<string, number>();
  const count = (kind: string) => void counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const own = createCustomPatterns(custom);
  const lines = createLineRedactor(count, from);
  return {
    block: (block) => {
      const redacted = replaceLines(block, lines);
      return own === undefined ? redacted : own(redacted, count);
    },
    counts: () => Object.fromEntries(counts),
    memory: () => lines.memory(),
    skip: () => lines.skip(),
  };
}

const LINE_FEED = 0x0a;

function replaceLines(block: Buffer, lines: ReturnType<typeof createLineRedactor>): Buffer {
  const parts: Buffer[] = [];
  let copied = 0;
  let done = 0;
  const take = (start: number): void => {
    const feed = block.indexOf(LINE_FEED, start);
    const end = feed === -1 ? block.length : feed;
    const before = block.toString('latin1', start, end);
    const after = lines.line(before);
    if (after !== before) {
      parts.push(block.subarray(copied, start), Buffer.from(after, 'latin1'));
      copied = end;
    }
    done = end + 1;
  };
  // A line inside a key looks like ordinary text. So each line is removed until the key ends, across blocks.
  const takeWatched = (): void => {
    while (lines.isWatching() && done < block.length) take(done);
  };
  const suspects = suspectLines(block);
  takeWatched();
  for (const start of suspects) {
    if (start < done) continue;
    take(start);
    takeWatched();
  }
  return copied === 0 ? block : Buffer.concat([...parts, block.subarray(copied)]);
}
