import { OTHER_CLAIM } from '../purser-claim.ts';
import { isUnauthenticated } from './parse-event.ts';
import type { IndexedEvent } from './event-buffer.ts';
import { createTexts, OTHERS } from './texts.ts';
import type { Texts, TextTables } from './texts.ts';

/** How often one user did one thing within an hour. Texts are by number, times in epoch milliseconds. */
export interface TallyRow extends Omit<IndexedEvent, 'at'> {
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
  const rows = new Map<string, TallyRow>();
  const sizes = { known: 0, unauthenticated: 0 };
  let folded = 0;
  const fold = (event: IndexedEvent, size: number): IndexedEvent => {
    if (size < rowsAtMost || rows.has(keyOf(event))) return event;
    folded += 1;
    const without = { ...event, reference: -1 };
    return size < 2 * rowsAtMost || rows.has(keyOf(without))
      ? without
      : withoutNames(without, texts);
  };
  return {
    add: (event: IndexedEvent): void => {
      const isAnonymous = isUnauthenticated(event.action, texts.users.textOf(event.user));
      const whose = isAnonymous ? 'unauthenticated' : 'known';
      const counted = fold(event, sizes[whose]);
      const key = keyOf(counted);
      const row = rows.get(key);
      if (row === undefined) sizes[whose] += 1;
      rows.set(key, plus(row, counted));
    },
    rows: (): readonly TallyRow[] => [...rows.values()],
    /** How many acts were counted without their reference. */
    folded: (): number => folded,
  };
}

/** With nothing that anybody may choose as they like. What is empty says something, and stays. */
function withoutNames(
  event: IndexedEvent,
  { users, repositories, addresses, claims }: TextTables,
): IndexedEvent {
  const others = (table: Texts, number: number, text = OTHERS) =>
    table.textOf(number) === '' ? number : table.numberOf(text);
  const isClaimed = event.action === 'claim' || event.action === 'refused-claim';
  return {
    ...event,
    user: isClaimed ? others(users, event.user) : event.user,
    repository: others(repositories, event.repository),
    address: others(addresses, event.address),
    claim: others(claims, event.claim, OTHER_CLAIM),
  };
}

function keyOf({ action, at, user, repository, reference, address, claim }: IndexedEvent): string {
  return `${action} ${user} ${repository} ${reference} ${address} ${claim} ${Math.floor(at / HOUR_MS)}`;
}

function plus(row: TallyRow | undefined, { at, ...event }: IndexedEvent): TallyRow {
  if (row === undefined) return { ...event, first: at };
  return {
    ...row,
    count: row.count + event.count,
    requests: row.requests + event.requests,
    first: Math.min(row.first, at),
    last: Math.max(row.last, event.last),
  };
}
