import type { AuditAction } from './parse-event.ts';
import type { Uncounted } from './count/counted.ts';
import { isProbeStream } from '../../health/model/probe.ts';
import { PROBE_CLAIM, proofOf } from '../purser-claim.ts';
import type { IndexFile } from './index-file.ts';
import { wildcardMatcher } from '../../domain/wildcard.ts';

export const ACTIONS = ['pull', 'push', 'delete', 'login', 'refused'] as const;
export type Action = (typeof ACTIONS)[number];

/** What is asked of the indexes. Names may hold `*` for anything; what is not given does not matter. */
export interface AuditQuery {
  readonly user?: string | undefined;
  readonly repository?: string | undefined;
  readonly action?: Action | undefined;
  /** Epoch milliseconds. An index counts by the hour, and so an answer is exact to the hour. */
  readonly since?: number | undefined;
  /** Purser's own proofs and probes, too. */
  readonly probes: boolean;
  /** An answer for each reference and address, in place of one for user, action and repository. */
  readonly each: boolean;
}

/** What can be told of a deed. */
export interface AuditDetails {
  readonly action: Action;
  /** What was refused. */
  readonly refused?: 'pull' | 'push' | 'delete' | 'login' | 'other';
  /** Whether the user's name is only what the client gave. */
  readonly claimed: boolean;
  /** Set where layers were had, and no manifest with them. */
  readonly layersOnly?: true;
}

/** The accounts and the place of a target's own health checks, as its configuration has them. */
export interface Probers {
  /** User names as the API server gives them: `system:serviceaccount:purser:purser`. */
  readonly users: readonly string[];
  /** The namespace in which alone they try the write path. */
  readonly namespace: string;
}

/** Who did something when; `claim` is what the request's User-Agent says. Epoch milliseconds. */
export interface ProofClaim {
  readonly user: string;
  /** Whether the name is only what the client gave. */
  readonly claimed: boolean;
  readonly proof: string;
  readonly first: number;
  readonly last: number;
}

/** How Purser's own requests are told from those of whoever calls itself like it. */
export interface ProbeEvidence {
  readonly probers: Probers;
  /** Whether an archived report has that proof, for that user, in that time. */
  readonly hasReport: (suspect: ProofClaim) => boolean;
}

/** Whether a row of an index is asked for, and whether it is of Purser's own. */
export interface RowFilter {
  readonly matches: (row: number) => boolean;
  readonly isOwn: (row: number) => boolean;
}

/** What each deed is called; undefined for what never counts by itself. */
export const ACTION_DETAILS: Readonly<Record<string, AuditDetails>> = {
  pull: { action: 'pull', claimed: false },
  'pull-layers': { action: 'pull', claimed: false, layersOnly: true },
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
} satisfies Readonly<Record<Exclude<AuditAction, Uncounted>, AuditDetails>>;

/**
 * Prepares a question for one index, so that no text is compared twice. A row is Purser's own where a report
 * vouches for it (user, proof and time), or where the API server does: one of the probers, which says
 * that it probes, at a login or in the probers' own namespace. What a request says of itself is not enough.
 */
export function createRowFilter(
  index: IndexFile,
  query: AuditQuery,
  { probers, hasReport }: ProbeEvidence,
): RowFilter {
  const { since = -Infinity, action } = query;
  const users = index.users.map(wildcardMatcher(query.user));
  const repositories = index.repositories.map(wildcardMatcher(query.repository));
  const actions = index.deeds.map((each) => isAsked(ACTION_DETAILS[each], action));
  const isProber = index.users.map((user) => probers.users.includes(user));
  const isVouched = index.deeds.map((each) => ACTION_DETAILS[each]?.claimed === false);
  const isProbed = index.repositories.map(
    (repository) => repository === '' || isOfProbe(repository, probers.namespace),
  );
  const proofs = index.claims.map(proofOf);
  const at = (column: readonly number[], row: number) => column[row] ?? -1;
  return {
    matches: (row) =>
      actions[at(index.deed, row)] === true &&
      users[at(index.user, row)] === true &&
      repositories[at(index.repository, row)] === true &&
      index.base + at(index.first, row) + at(index.last, row) >= since,
    isOwn: (row) => {
      const proof = proofs[at(index.claim, row)];
      if (proof !== undefined) return hasReport({ ...claimOfRow(index, row), proof });
      return (
        index.claims[at(index.claim, row)] === PROBE_CLAIM &&
        isProber[at(index.user, row)] === true &&
        isVouched[at(index.deed, row)] === true &&
        isProbed[at(index.repository, row)] === true
      );
    },
  };
}

function isOfProbe(repository: string, namespace: string): boolean {
  const [place, name = '', ...more] = repository.split('/');
  return place === namespace && more.length === 0 && isProbeStream(name);
}

/** Who did what a row counts, and from when to when. */
export function claimOfRow(index: IndexFile, row: number): Omit<ProofClaim, 'proof'> {
  const first = index.base + (index.first[row] ?? 0);
  const user = index.users[index.user[row] ?? -1] ?? '';
  const claimed = ACTION_DETAILS[index.deeds[index.deed[row] ?? -1] ?? '']?.claimed === true;
  return { user, claimed, first, last: first + (index.last[row] ?? 0) };
}

function isAsked(details: AuditDetails | undefined, action: Action | undefined): boolean {
  return details !== undefined && (action === undefined || details.action === action);
}
