import { DEEDS } from './act.ts';
import type { Act } from './act.ts';
import { createCounter } from './counter.ts';
import type { Counted } from './counter.ts';
import type { TextTables } from './texts.ts';

/** Something that counts, with its texts by number. */
export interface CountedAct extends Counted {
  readonly user: number;
  readonly repository: number;
  readonly address: number;
  readonly claim: number;
}

/** Acts as they were read, in a few bytes each, until they are put in order and counted. */
export function createActs(texts: TextTables) {
  // Seven numbers an act, one after the other.
  let acts: number[] = [];
  const size = () => acts.length / WIDTH;
  return {
    size,
    add: ({ deed, at, user, repository, reference, address, claim }: Act): void => {
      acts.push(
        at,
        DEEDS.indexOf(deed),
        texts.users.numberOf(user),
        texts.repositories.numberOf(repository),
        texts.references.numberOf(reference),
        texts.addresses.numberOf(address),
        texts.claims.numberOf(claim),
      );
    },
    /** All of them, as they were added. */
    *all(): Generator<Act> {
      for (let at = 0; at < acts.length; at += WIDTH) {
        const number = (column: number) => acts[at + column] ?? 0;
        yield {
          at: number(0),
          deed: DEEDS[number(1)] ?? 'ask',
          user: texts.users.textOf(number(2)),
          repository: texts.repositories.textOf(number(3)),
          reference: texts.references.textOf(number(4)),
          address: texts.addresses.textOf(number(5)),
          claim: texts.claims.textOf(number(6)),
        };
      }
    },
    /** Counts all of them in the order of time, and forgets them. */
    count: (count: (act: CountedAct) => void): void => {
      const taken = acts;
      acts = [];
      countInOrder(taken, texts, count);
    },
  };
}

const WIDTH = 7;

function countInOrder(
  acts: readonly number[],
  texts: TextTables,
  count: (act: CountedAct) => void,
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
    const deed = DEEDS[value(act, 1)] ?? 'ask';
    counter.take({ deed, at: value(act, 0), reference, isDigest });
  }
  for (const counter of counters.values()) counter.finish();
}
