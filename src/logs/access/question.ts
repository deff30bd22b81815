import type { Deed } from './act.ts';
import type { IndexFile } from './index-file.ts';
import { matcherOf } from './name-pattern.ts';

export const ACTIONS = ['pull', 'push', 'delete', 'login', 'refused'] as const;
export type Action = (typeof ACTIONS)[number];

/** What is asked of the indexes. Names may hold `*` for anything; what is not given does not matter. */
export interface Question {
  readonly user?: string | undefined;
  readonly repository?: string | undefined;
  readonly action?: Action | undefined;
  /** Epoch milliseconds. An index counts by the hour, and so an answer is exact to the hour. */
  readonly since?: number | undefined;
  /** Purser's own canaries and probes, too. */
  readonly probes: boolean;
  /** An answer for each reference and address, in place of one for user, action and repository. */
  readonly each: boolean;
}

/** What can be told of a deed. */
export interface Told {
  readonly action: Action;
  /** What was refused. */
  readonly refused?: 'pull' | 'push' | 'delete' | 'login' | 'other';
  /** Whether the user's name is only what the client gave. */
  readonly claimed: boolean;
}

/** Whether a row of an index is asked for, and whether it is of Purser's own probes. */
export interface Sieve {
  readonly matches: (row: number) => boolean;
  readonly isProbe: (row: number) => boolean;
}

/** What each deed is called; undefined for what never counts by itself. */
export const TOLD: Readonly<Record<string, Told>> = {
  pull: { action: 'pull', claimed: false },
  push: { action: 'push', claimed: false },
  delete: { action: 'delete', claimed: false },
  login: { action: 'login', claimed: false },
  claim: { action: 'login', claimed: true },
  'refused-pull': { action: 'refused', refused: 'pull', claimed: false },
  'refused-push': { action: 'refused', refused: 'push', claimed: false },
  'refused-delete': { action: 'refused', refused: 'delete', claimed: false },
  'refused-login': { action: 'refused', refused: 'login', claimed: false },
  'refused-claim': { action: 'refused', refused: 'login', claimed: true },
  'refused-other': { action: 'refused', refused: 'other', claimed: false },
} satisfies Readonly<Record<Exclude<Deed, 'ask' | 'pull-list'>, Told>>;

/** Prepares a question for one index, so that no text is compared twice. */
export function sieveOf(index: IndexFile, question: Question): Sieve {
  const { since = -Infinity, action } = question;
  const users = index.users.map(matcherOf(question.user));
  const repositories = index.repositories.map(matcherOf(question.repository));
  const deeds = index.deeds.map((deed) => isAsked(TOLD[deed], action));
  const probers = index.users.map((user) => PROBER.test(user));
  const claimers = index.users.map((user) => CLAIMER.test(user));
  const claims = index.deeds.map((deed) => TOLD[deed]?.claimed === true);
  const canaries = index.repositories.map((repository) => CANARY.test(repository));
  const at = (column: readonly number[], row: number) => column[row] ?? -1;
  return {
    matches: (row) =>
      deeds[at(index.deed, row)] === true &&
      users[at(index.user, row)] === true &&
      repositories[at(index.repository, row)] === true &&
      index.base + at(index.first, row) + at(index.last, row) >= since,
    isProbe: (row) =>
      probers[at(index.user, row)] === true ||
      canaries[at(index.repository, row)] === true ||
      (claimers[at(index.user, row)] === true && claims[at(index.deed, row)] === true),
  };
}

// The stream of a proof's or a probe's canary, and the accounts in Purser's own namespace. Anybody
// may name a stream like that: what is left out is therefore counted.
const CANARY = /\/purser-(canary|probe)(-|$)/;
const PROBER = /^system:serviceaccount:purser(-probe)?:/;
// What Purser's clients call themselves at a login, where the registry knows no more than that.
const CLAIMER = /^purser(-health)?$/;

function isAsked(told: Told | undefined, action: Action | undefined): boolean {
  return told !== undefined && (action === undefined || told.action === action);
}
