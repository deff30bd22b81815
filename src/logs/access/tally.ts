import type { CountedAct } from './acts.ts';

/** How often one user did one thing within an hour. Texts are by number, times in epoch milliseconds. */
export interface Row extends Omit<CountedAct, 'at'> {
  readonly first: number;
}

// 100,000 rows are some 2 MB of index. A log that has more is of a machine that pushes a new tag each time.
const ROWS_AT_MOST = 100_000;
const HOUR_MS = 3_600_000;

/**
 * Adds up what counts, by the hour, so that a question about the last seven days can be answered to
 * the hour. Beyond 100,000 rows the reference is left out (-1) of what is new.
 */
export function createTally(rowsAtMost = ROWS_AT_MOST) {
  const rows = new Map<string, Row>();
  let folded = 0;
  return {
    add: (act: CountedAct): void => {
      const row = rows.get(keyOf(act));
      const isFolded = row === undefined && rows.size >= rowsAtMost;
      const counted = isFolded ? { ...act, reference: -1 } : act;
      if (isFolded) folded += 1;
      const key = keyOf(counted);
      rows.set(key, plus(rows.get(key), counted));
    },
    rows: (): readonly Row[] => [...rows.values()],
    /** How many acts were counted without their reference. */
    folded: (): number => folded,
  };
}

function keyOf({ deed, at, user, repository, reference, address, claim }: CountedAct): string {
  return `${deed} ${user} ${repository} ${reference} ${address} ${claim} ${Math.floor(at / HOUR_MS)}`;
}

function plus(row: Row | undefined, { at, ...act }: CountedAct): Row {
  if (row === undefined) return { ...act, first: at };
  return {
    ...row,
    count: row.count + act.count,
    requests: row.requests + act.requests,
    first: Math.min(row.first, at),
    last: Math.max(row.last, act.last),
  };
}
