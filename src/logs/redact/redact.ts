import { createLineRedactor } from '../../domain/redact/redact-lines.ts';
import type { Memory } from '../../domain/redact/redact-lines.ts';
import type { Redactions } from '../manifest.ts';
import { createCustomPatterns } from './custom.ts';
import { suspectLines } from './suspects.ts';

/** Takes secrets out of a log, block by block, and counts them. One a container: it has a memory. */
export interface Redactor {
  /**
   * Takes a block of whole lines, each ended by a line feed; returns it without its secrets, and the
   * very block where there was none. Every byte of a line that holds no secret stays as it was, and
   * there are as many lines as before.
   */
  block(block: Buffer): Buffer;
  /** How many secrets of each kind were taken out so far. */
  counts(): Redactions;
  /** What the lines so far mean for the next one, for whoever goes on from here. */
  memory(): Memory | undefined;
  /** Lines before the next block are missing. */
  skip(): void;
}

/** `custom` are patterns of one's own; `from` is what the lines before mean for the first. */
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
  // The lines of a key look like nothing: each one is taken until it ends, from block to block.
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
