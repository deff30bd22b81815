import { AUDIT_ACTIONS, isUnauthenticated } from './parse-event.ts';
import type { AuditEvent } from './parse-event.ts';
import { createCounter } from './counter.ts';
import type { CountedEvent } from './count/counted.ts';
import type { TextTables } from './texts.ts';

/** A counted event with its texts by number. */
export interface IndexedEvent extends CountedEvent {
  readonly user: number;
  readonly repository: number;
  readonly address: number;
  readonly claim: number;
}

/**
 * Events in a few bytes each, until they are sorted and counted. The blobs that one user pulled from one
 * repository within a minute are added up at once: a pull has dozens.
 */
export function createEventBuffer(texts: TextTables) {
  // Ten numbers an event, one event after the other.
  let events: number[] = [];
  let blobs = new Map<string, number>();
  const size = () => events.length / WIDTH;
  const push = (event: AuditEvent, who: TextNumbers) => {
    const { action, at, last, requests } = event;
    const { user, repository, reference, address, claim } = who;
    events.push(at, AUDIT_ACTIONS.indexOf(action), user, repository, reference, address, claim);
    events.push(event.size, requests, last);
  };
  const addBlob = (event: AuditEvent, who: TextNumbers) => {
    const { user, repository, address, claim } = who;
    const key = `${user} ${repository} ${address} ${claim} ${Math.floor(event.at / MINUTE_MS)}`;
    const known = blobs.get(key);
    if (known === undefined) {
      blobs.set(key, events.length);
      push(event, who);
      return;
    }
    events[known] = Math.min(events[known] ?? event.at, event.at);
    events[known + REQUESTS] = (events[known + REQUESTS] ?? 0) + event.requests;
    events[known + LAST] = Math.max(events[known + LAST] ?? event.last, event.last);
  };
  return {
    size,
    add: (event: AuditEvent): void => {
      const who = numbersOf(event, texts);
      if (event.action === 'pull-layers') addBlob(event, who);
      else push(event, who);
    },
    /** All events in the order in which they were added. */
    *all(): Generator<AuditEvent> {
      for (let at = 0; at < events.length; at += WIDTH) {
        const number = (column: number) => events[at + column] ?? 0;
        yield {
          at: number(0),
          action: AUDIT_ACTIONS[number(1)] ?? 'ask',
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
    /** Counts all events in order of time, and removes them. */
    count: (count: (event: IndexedEvent) => void): void => {
      const taken = events;
      [events, blobs] = [[], new Map()];
      countInOrder(taken, texts, count);
    },
  };
}

type TextNumbers = Pick<IndexedEvent, 'user' | 'repository' | 'reference' | 'address' | 'claim'>;

function numbersOf(
  event: AuditEvent,
  { users, repositories, references, addresses, claims }: TextTables,
): TextNumbers {
  const isAnonymous = isUnauthenticated(event.action, event.user);
  return {
    user: users.numberOf(event.user, isAnonymous),
    repository: repositories.numberOf(event.repository, isAnonymous),
    reference: references.numberOf(event.reference, isAnonymous),
    address: addresses.numberOf(event.address, isAnonymous),
    claim: claims.numberOf(event.claim, isAnonymous),
  };
}

const WIDTH = 10;
const [REQUESTS, LAST] = [8, 9] as const;
const MINUTE_MS = 60_000;

function countInOrder(
  events: readonly number[],
  texts: TextTables,
  count: (event: IndexedEvent) => void,
): void {
  const value = (event: number, column: number) => events[event * WIDTH + column] ?? 0;
  const order = Uint32Array.from({ length: events.length / WIDTH }, (_, event) => event);
  order.sort((a, b) => value(a, 0) - value(b, 0) || a - b);
  const counters = new Map<string, ReturnType<typeof createCounter>>();
  for (const event of order) {
    const who = {
      user: value(event, 2),
      repository: value(event, 3),
      address: value(event, 5),
      claim: value(event, 6),
    };
    const key = `${who.user} ${who.repository} ${who.address} ${who.claim}`;
    const counter = counters.get(key) ?? createCounter((counted) => count({ ...counted, ...who }));
    counters.set(key, counter);
    const reference = value(event, 4);
    const isDigest = texts.references.textOf(reference).includes(':');
    counter.take({
      action: AUDIT_ACTIONS[value(event, 1)] ?? 'ask',
      at: value(event, 0),
      last: value(event, LAST),
      reference,
      isDigest,
      size: value(event, 7),
      requests: value(event, REQUESTS),
    });
  }
  for (const counter of counters.values()) counter.finish();
}
