import { AUDIT_ACTIONS, isStrangers } from './parse-event.ts';
import type { AuditEvent } from './parse-event.ts';
import { createCounter } from './counter.ts';
import type { CountedEvent } from './count/counted.ts';
import type { TextTables } from './texts.ts';

/** Something that counts, with its texts by number. */
export interface IndexedEvent extends CountedEvent {
  readonly user: number;
  readonly repository: number;
  readonly address: number;
  readonly claim: number;
}

/**
 * Acts as they were read, in a few bytes each, until they are put in order and counted. The blobs that one
 * user had of one repository within a minute are added up at once: a pull has dozens.
 */
export function createEventBuffer(texts: TextTables) {
  // Ten numbers an act, one after the other.
  let acts: number[] = [];
  let blobs = new Map<string, number>();
  const size = () => acts.length / WIDTH;
  const push = (act: AuditEvent, who: Who) => {
    const { deed, at, last, requests } = act;
    const { user, repository, reference, address, claim } = who;
    acts.push(at, AUDIT_ACTIONS.indexOf(deed), user, repository, reference, address, claim);
    acts.push(act.size, requests, last);
  };
  const addBlob = (act: AuditEvent, who: Who) => {
    const { user, repository, address, claim } = who;
    const key = `${user} ${repository} ${address} ${claim} ${Math.floor(act.at / MINUTE_MS)}`;
    const known = blobs.get(key);
    if (known === undefined) {
      blobs.set(key, acts.length);
      push(act, who);
      return;
    }
    acts[known] = Math.min(acts[known] ?? act.at, act.at);
    acts[known + REQUESTS] = (acts[known + REQUESTS] ?? 0) + act.requests;
    acts[known + LAST] = Math.max(acts[known + LAST] ?? act.last, act.last);
  };
  return {
    size,
    add: (act: AuditEvent): void => {
      const who = numbersOf(act, texts);
      if (act.deed === 'pull-layers') addBlob(act, who);
      else push(act, who);
    },
    /** All of them, as they were added. */
    *all(): Generator<AuditEvent> {
      for (let at = 0; at < acts.length; at += WIDTH) {
        const number = (column: number) => acts[at + column] ?? 0;
        yield {
          at: number(0),
          deed: AUDIT_ACTIONS[number(1)] ?? 'ask',
          user: texts.users.textOf(number(2)),
          repository: texts.repositories.textOf(number(3)),
          reference: texts.references.textOf(number(4)),
          address: texts.addresses.textOf(number(5)),
          claim: texts.claims.textOf(number(6)),
          size: number(7),
          requests: number(REQUESTS),
          last: number(LAST),
        };
      }
    },
    /** Counts all of them in the order of time, and forgets them. */
    count: (count: (act: IndexedEvent) => void): void => {
      const taken = acts;
      [acts, blobs] = [[], new Map()];
      countInOrder(taken, texts, count);
    },
  };
}

type Who = Pick<IndexedEvent, 'user' | 'repository' | 'reference' | 'address' | 'claim'>;

function numbersOf(
  act: AuditEvent,
  { users, repositories, references, addresses, claims }: TextTables,
): Who {
  const isStranger = isStrangers(act.deed, act.user);
  return {
    user: users.numberOf(act.user, isStranger),
    repository: repositories.numberOf(act.repository, isStranger),
    reference: references.numberOf(act.reference, isStranger),
    address: addresses.numberOf(act.address, isStranger),
    claim: claims.numberOf(act.claim, isStranger),
  };
}

const WIDTH = 10;
const [REQUESTS, LAST] = [8, 9] as const;
const MINUTE_MS = 60_000;

function countInOrder(
  acts: readonly number[],
  texts: TextTables,
  count: (act: IndexedEvent) => void,
): void {
  const value = (act: number, column: number) => acts[act * WIDTH + column] ?? 0;
  const order = Uint32Array.from({ length: acts.length / WIDTH }, (_, act) => act);
  order.sort((a, b) => value(a, 0) - value(b, 0) || a - b);
  const counters = new Map<string, ReturnType<typeof createCounter>>();
  for (const act of order) {
    const who = {
      user: value(act, 2),
      repository: value(act, 3),
      address: value(act, 5),
      claim: value(act, 6),
    };
    const key = `${who.user} ${who.repository} ${who.address} ${who.claim}`;
    const counter = counters.get(key) ?? createCounter((counted) => count({ ...counted, ...who }));
    counters.set(key, counter);
    const reference = value(act, 4);
    const isDigest = texts.references.textOf(reference).includes(':');
    counter.take({
      deed: AUDIT_ACTIONS[value(act, 1)] ?? 'ask',
      at: value(act, 0),
      last: value(act, LAST),
      reference,
      isDigest,
      size: value(act, 7),
      requests: value(act, REQUESTS),
    });
  }
  for (const counter of counters.values()) counter.finish();
}
