import { OTHER_CLAIM } from '../purser-claim.ts';
import { isUnauthenticated } from './parse-event.ts';
import type { IndexedEvent } from './event-buffer.ts';
import { createTexts, OTHERS } from './texts.ts';
import type { Texts, TextTables } from './texts.ts';

/** How often one user did one action within an hour. Texts are numbers, times are epoch milliseconds. */
export interface TallyRow extends Omit<IndexedEvent, 'at'> {
  readonly first: number;
}

// 100,000 rows are some 2 MB of index. A larger log comes from a machine that pushes a new tag each time.
const ROWS_AT_MOST = 100_000;
const HOUR_MS = 3_600_000;

/**
 * Adds up events by the hour, so that a query about the last seven days is exact to the hour. Beyond
 * 100,000 rows, new rows leave out the reference (-1). Beyond 200,000 they also leave out the repository,
 * the address, and names that only a client gave.
 * Unauthenticated clients have a limit of their own: their requests hide nothing of known users, whose
 * names are never left out.
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
    /** How many events were counted without their reference. */
    folded: (): number => folded,
  };
}

/** Without the texts that a client can choose freely. An empty text has a meaning, and stays. */
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
