import { AUDIT_ACTIONS } from './parse-event.ts';
import { createContinuation } from './count/continued.ts';
import type { IndexFile } from './index-file.ts';
import { createRowFilter, ACTION_DETAILS } from './query.ts';
import type { ProbeEvidence, AuditQuery, AuditDetails } from './query.ts';
import { createUnboundedTexts } from './texts.ts';
import type { TextTables, Texts } from './texts.ts';

/** One row of the answer. Times are RFC 3339, UTC. `refused` names the refused action. */
export interface AuditResult extends AuditDetails {
  /** '' if the line names no user: for a token that the registry rejected. */
  readonly user: string;
  /** The requests call themselves Purser, but no report confirms it. */
  readonly claimsPurser: boolean;
  /** `namespace/name`; '' for a login. */
  readonly repository: string;
  /** Tags, digests, or the paths of other things refused. */
  readonly references: readonly string[];
  readonly addresses: readonly string[];
  /** 0 if it was only a part of something else: a platform of a list. */
  readonly count: number;
  /** The number of requests: one pull or push takes one or more. */
  readonly requests: number;
  readonly first: string;
  readonly last: string;
}

/**
 * Runs a query on indexes, which it takes one after the other, the oldest first. In another order, layers that
 * follow their manifest in the next index would count by themselves.
 */
export function createQueryRun(query: AuditQuery, evidence: ProbeEvidence) {
  const texts = createUnboundedTexts();
  const groups = new Map<number | string, ResultGroup>();
  const continuation = createContinuation();
  let probes = 0;
  return {
    take: (index: IndexFile): void => {
      const { matches, isOwn } = createRowFilter(index, query, evidence);
      const rowAt = createRowReader(index, texts);
      const isContinued = continuation.of(index);
      for (let row = 0; row < index.deed.length; row++) {
        if (!matches(row) || isContinued(row)) continue;
        const isPursers = isOwn(row);
        if (isPursers && !query.probes) probes += index.count[row] ?? 0;
        else add(groups, rowAt(row, isPursers), query.each);
      }
    },
    /** The rows, the latest last: next to the prompt. */
    answers: (): readonly AuditResult[] =>
      [...groups.values()]
        .sort((a, b) => a.last - b.last || a.first - b.first)
        .map((group) => resultOf(group, texts)),
    /** How many of Purser's own proofs and probes were left out. */
    probesLeftOut: (): number => probes,
  };
}

/** A row of an index. Its texts are numbers that are common to all indexes. */
interface IndexRow {
  readonly action: number;
  readonly details: AuditDetails;
  readonly claimsPurser: boolean;
  readonly user: number;
  readonly repository: number;
  readonly reference: number;
  readonly address: number;
  readonly count: number;
  readonly requests: number;
  readonly first: number;
  readonly last: number;
}

function createRowReader(
  index: IndexFile,
  texts: TextTables,
): (row: number, isOwn: boolean) => IndexRow {
  const numbers = (table: Texts, names: readonly string[]) =>
    names.map((name) => table.numberOf(name));
  const users = numbers(texts.users, index.users);
  const repositories = numbers(texts.repositories, index.repositories);
  const references = numbers(texts.references, index.references);
  const addresses = numbers(texts.addresses, index.addresses);
  const actions = index.deeds.map((action) => AUDIT_ACTIONS.findIndex((each) => each === action));
  const detailsOf = index.deeds.map((each) => ACTION_DETAILS[each]);
  const at = (column: readonly number[], row: number) => column[row] ?? -1;
  return (row, isOwn) => {
    const action = at(index.deed, row);
    const first = index.base + at(index.first, row);
    return {
      action: actions[action] ?? -1,
      details: detailsOf[action] ?? OTHER,
      claimsPurser: !isOwn && (index.claims[at(index.claim, row)] ?? '') !== '',
      user: users[at(index.user, row)] ?? -1,
      repository: repositories[at(index.repository, row)] ?? -1,
      reference: references[at(index.reference, row)] ?? -1,
      address: addresses[at(index.address, row)] ?? -1,
      count: at(index.count, row),
      requests: at(index.requests, row),
      first,
      last: first + at(index.last, row),
    };
  };
}

const OTHER: AuditDetails = { action: 'refused', refused: 'other', claimed: false };

interface ResultGroup extends Pick<IndexRow, 'details' | 'claimsPurser' | 'user' | 'repository'> {
  readonly references: Set<number>;
  readonly addresses: Set<number>;
  count: number;
  requests: number;
  first: number;
  last: number;
}

// One number for action, user and repository: a string for each of a million rows takes longer.
const NAMES_AT_MOST = 2 ** 22;

function add(groups: Map<number | string, ResultGroup>, row: IndexRow, isEach: boolean): void {
  const { action, details, claimsPurser, user, repository, reference, address } = row;
  const { count, requests, first, last } = row;
  const kind = 2 * action + Number(claimsPurser);
  const key = isEach
    ? `${kind} ${user} ${repository} ${reference} ${address}`
    : groupOf(kind, user, repository);
  const group = groups.get(key);
  if (group === undefined) {
    const sets = { references: new Set([reference]), addresses: new Set([address]) };
    const counts = { count, requests, first, last };
    groups.set(key, { details, claimsPurser, user, repository, ...sets, ...counts });
    return;
  }
  group.references.add(reference);
  group.addresses.add(address);
  group.count += count;
  group.requests += requests;
  group.first = Math.min(group.first, first);
  group.last = Math.max(group.last, last);
}

/** The key of a group. User and repository may have as many numbers as the indexes have bytes. */
export function groupOf(kind: number, user: number, repository: number): number | string {
  if (Math.max(user, repository) >= NAMES_AT_MOST) return `${kind} ${user} ${repository}`;
  return (kind * NAMES_AT_MOST + user) * NAMES_AT_MOST + repository;
}

function resultOf(group: ResultGroup, texts: TextTables): AuditResult {
  const { details, claimsPurser, user, repository, references, addresses } = group;
  const { count, requests, first, last } = group;
  return {
    ...details,
    user: texts.users.textOf(user),
    claimsPurser,
    repository: texts.repositories.textOf(repository),
    references: textsOf(texts.references, references),
    addresses: textsOf(texts.addresses, addresses),
    count,
    requests,
    first: new Date(first).toISOString(),
    last: new Date(last).toISOString(),
  };
}

function textsOf(table: Texts, numbers: ReadonlySet<number>): readonly string[] {
  return [...numbers].map((number) => table.textOf(number)).filter((text) => text !== '');
}
