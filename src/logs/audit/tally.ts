import { OTHER_CLAIM } from '../claim.ts';
import { isStrangers } from './parse-event.ts';
import type { IndexedEvent } from './event-buffer.ts';
import { createTexts, OTHERS } from './texts.ts';
import type { Texts, TextTables } from './texts.ts';

/** How often one user did one thing within an hour. Texts are by number, times in epoch milliseconds. */
export interface Row extends Omit<IndexedEvent, 'at'> {
  readonly first: number;
}

// 100,000 rows are some 2 MB of index. A log that has more is of a machine that pushes a new tag each time.
const ROWS_AT_MOST = 100_000;
const HOUR_MS = 3_600_000;

/**
 * Adds up what counts, by the hour, so that a question about the last seven days can be answered to
 * the hour. Beyond 100,000 rows the reference is left out (-1) of what is new; beyond twice as many the repository
 * and the address, too, and the names that only a client gave. Strangers have as many of their own: what they
 * do hides nothing of those whom the registry knows, whose names are never left out.
 */
export function createAuditTally(texts = createTexts(), rowsAtMost = ROWS_AT_MOST) {
  const rows = new Map<string, Row>();
  const sizes = { known: 0, strangers: 0 };
  let folded = 0;
  const fold = (act: IndexedEvent, size: number): IndexedEvent => {
    if (size < rowsAtMost || rows.has(keyOf(act))) return act;
    folded += 1;
    const without = { ...act, reference: -1 };
    return size < 2 * rowsAtMost || rows.has(keyOf(without)) ? without : bare(without, texts);
  };
  return {
    add: (act: IndexedEvent): void => {
      const isStranger = isStrangers(act.deed, texts.users.textOf(act.user));
      const whose = isStranger ? 'strangers' : 'known';
      const counted = fold(act, sizes[whose]);
      const key = keyOf(counted);
      const row = rows.get(key);
      if (row === undefined) sizes[whose] += 1;
      rows.set(key, plus(row, counted));
    },
    rows: (): readonly Row[] => [...rows.values()],
    /** How many acts were counted without their reference. */
    folded: (): number => folded,
  };
}

/** With nothing that anybody may choose as they like. What is empty says something, and stays. */
function bare(
  act: IndexedEvent,
  { users, repositories, addresses, claims }: TextTables,
): IndexedEvent {
  const others = (table: Texts, number: number, text = OTHERS) =>
    table.textOf(number) === '' ? number : table.numberOf(text);
  const isClaimed = act.deed === 'claim' || act.deed === 'refused-claim';
  return {
    ...act,
    user: isClaimed ? others(users, act.user) : act.user,
    repository: others(repositories, act.repository),
    address: others(addresses, act.address),
    claim: others(claims, act.claim, OTHER_CLAIM),
  };
}

function keyOf({ deed, at, user, repository, reference, address, claim }: IndexedEvent): string {
  return `${deed} ${user} ${repository} ${reference} ${address} ${claim} ${Math.floor(at / HOUR_MS)}`;
}

function plus(row: Row | undefined, { at, ...act }: IndexedEvent): Row {
  if (row === undefined) return { ...act, first: at };
  return {
    ...row,
    count: row.count + act.count,
    requests: row.requests + act.requests,
    first: Math.min(row.first, at),
    last: Math.max(row.last, act.last),
  };
}
