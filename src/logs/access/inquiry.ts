import type { IndexFile } from './index-file.ts';
import { sieveOf, TOLD } from './question.ts';
import type { Question, Told } from './question.ts';

/** Who did what, how often. Times are RFC 3339, UTC; a refusal's `refused` says what was tried. */
export interface Answer extends Told {
  /** '' where nobody is named: a token that the registry did not take. */
  readonly user: string;
  /** `namespace/name`; '' for a login. */
  readonly repository: string;
  /** Tags, digests, or the paths of other things refused. */
  readonly references: readonly string[];
  readonly addresses: readonly string[];
  readonly count: number;
  readonly first: string;
  readonly last: string;
}

/** Answers a question from indexes that are given one after the other, in any order. */
export function createInquiry(question: Question) {
  const groups = new Map<string, Group>();
  let probes = 0;
  return {
    take: (index: IndexFile): void => {
      const { matches, isProbe } = sieveOf(index, question);
      const found = new Map<string, Found>();
      for (let row = 0; row < index.deed.length; row++) {
        if (!matches(row)) continue;
        if (!question.probes && isProbe(row)) probes += index.count[row] ?? 0;
        else find(found, index, row, question.each);
      }
      for (const each of found.values()) merge(groups, index, each, question.each);
    },
    /** The answers, the latest last: it is nearest to the prompt then. */
    answers: (): readonly Answer[] =>
      [...groups.values()].sort((a, b) => a.last - b.last || a.first - b.first).map(answerOf),
    /** How many acts of Purser's own probes were left out. */
    probesLeftOut: (): number => probes,
  };
}

interface Sum {
  count: number;
  first: number;
  last: number;
}

/** Rows of one index that belong together, still by number. */
interface Found extends Sum {
  readonly row: number;
  readonly references: Set<number>;
  readonly addresses: Set<number>;
}

interface Group extends Sum {
  readonly told: Told;
  readonly user: string;
  readonly repository: string;
  readonly references: Set<string>;
  readonly addresses: Set<string>;
}

function find(found: Map<string, Found>, index: IndexFile, row: number, isEach: boolean): void {
  const reference = index.reference[row] ?? -1;
  const address = index.address[row] ?? -1;
  const same = `${index.deed[row]} ${index.user[row]} ${index.repository[row]}`;
  const key = isEach ? `${same} ${reference} ${address}` : same;
  let group = found.get(key);
  if (group === undefined) {
    group = { row, references: new Set(), addresses: new Set(), ...NONE };
    found.set(key, group);
  }
  group.references.add(reference);
  group.addresses.add(address);
  const first = index.base + (index.first[row] ?? 0);
  addTo(group, { count: index.count[row] ?? 0, first, last: first + (index.last[row] ?? 0) });
}

function merge(groups: Map<string, Group>, index: IndexFile, found: Found, isEach: boolean): void {
  const { row } = found;
  const deed = index.deeds[index.deed[row] ?? -1] ?? '';
  const user = textOf(index.users, index.user[row]);
  const repository = textOf(index.repositories, index.repository[row]);
  const references = [...found.references].map((number) => textOf(index.references, number));
  const addresses = [...found.addresses].map((number) => textOf(index.addresses, number));
  const key = JSON.stringify([deed, user, repository, ...(isEach ? [references, addresses] : [])]);
  let group = groups.get(key);
  if (group === undefined) {
    const told = TOLD[deed] ?? { action: 'refused', refused: 'other', claimed: false };
    group = { told, user, repository, references: new Set(), addresses: new Set(), ...NONE };
    groups.set(key, group);
  }
  for (const each of references) if (each !== '') group.references.add(each);
  for (const each of addresses) if (each !== '') group.addresses.add(each);
  addTo(group, found);
}

const NONE: Sum = { count: 0, first: Infinity, last: -Infinity };

function addTo(sum: Sum, { count, first, last }: Sum): void {
  sum.count += count;
  sum.first = Math.min(sum.first, first);
  sum.last = Math.max(sum.last, last);
}

function textOf(texts: readonly string[], number: number | undefined): string {
  return texts[number ?? -1] ?? '';
}

function answerOf({ told, user, repository, count, first, last, ...sets }: Group): Answer {
  return {
    ...told,
    user,
    repository,
    references: [...sets.references],
    addresses: [...sets.addresses],
    count,
    first: new Date(first).toISOString(),
    last: new Date(last).toISOString(),
  };
}
