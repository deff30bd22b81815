/** A line and its source. */
export interface Sourced<Source> {
  readonly line: Buffer;
  readonly source: Source;
}

type Lines = AsyncIterable<readonly Buffer[]>;

/**
 * Merges lines from several sources in order of time. Each line begins with its time (RFC 3339, all of the same
 * width). Within one source the order stays, whatever the times are: clocks may be set back. It holds one chunk
 * of each source in memory.
 */
export async function* mergeByTime<Source>(
  places: readonly { readonly source: Source; readonly lines: Lines }[],
): AsyncIterable<readonly Sourced<Source>[]> {
  const readers = places.map(({ source, lines }) => createReader(source, lines));
  try {
    const left = [];
    for (const reader of readers) if (await reader.fill()) left.push(reader);
    while (left.length > 0) {
      left.sort((a, b) => compare(a.time(), b.time()));
      const [first, second] = left;
      if (first === undefined) return;
      yield first.takeUntil(second?.time());
      if (!(await first.fill())) left.shift();
    }
  } finally {
    await Promise.all(readers.map((reader) => reader.close()));
  }
}

const TIME_WIDTH = '2026-11-23T10:58:14.437217658Z'.length;

function createReader<Source>(source: Source, lines: Lines) {
  const chunks = lines[Symbol.asyncIterator]();
  let chunk: readonly Buffer[] = [];
  let at = 0;
  // A line without a time belongs to the line before it.
  let latest = '';
  const time = () => {
    const text = chunk[at]?.toString('latin1', 0, TIME_WIDTH) ?? '';
    if (text.endsWith('Z') && text > latest) latest = text;
    return latest;
  };
  return {
    time,
    /** Makes sure that there is a line to take; false at the end. */
    fill: async (): Promise<boolean> => {
      while (at >= chunk.length) {
        const next = await chunks.next();
        if (next.done === true) return false;
        chunk = next.value;
        at = 0;
      }
      return true;
    },
    /** The next line, and the lines after it that are no later than the given time. */
    takeUntil: (until: string | undefined): readonly Sourced<Source>[] => {
      const from = at;
      at += 1;
      if (until === undefined) at = chunk.length;
      while (at < chunk.length && time() <= (until ?? '')) at += 1;
      return chunk.slice(from, at).map((line) => ({ line, source }));
    },
    close: async (): Promise<void> => {
      await chunks.return?.();
    },
  };
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
