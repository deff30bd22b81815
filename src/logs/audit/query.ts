import type { AuditAction } from './parse-event.ts';
import type { Uncounted } from './count/counted.ts';
import { isProbeStream } from '../../health/model/probe.ts';
import { PROBE_CLAIM, proofOf } from '../purser-claim.ts';
import type { IndexFile } from './index-file.ts';
import { wildcardMatcher } from '../../domain/wildcard.ts';

export const ACTIONS = ['pull', 'push', 'delete', 'login', 'refused'] as const;
export type Action = (typeof ACTIONS)[number];

/** A query of the indexes. Names may hold `*` as a wildcard. A missing field matches everything. */
export interface AuditQuery {
  readonly user?: string | undefined;
  readonly repository?: string | undefined;
  readonly action?: Action | undefined;
  /** Epoch milliseconds. An index counts by the hour, so an answer is exact to the hour. */
  readonly since?: number | undefined;
  /** Whether to include Purser's own proofs and probes. */
  readonly probes: boolean;
  /** A row for each reference and address, instead of one for user, action and repository. */
  readonly each: boolean;
}

/** How an action appears in an answer. */
export interface AuditDetails {
  readonly action: Action;
  /** What was refused. */
  readonly refused?: 'pull' | 'push' | 'delete' | 'login' | 'other';
  /** Whether the user's name is only what the client gave. */
  readonly claimed: boolean;
  /** Set if layers were pulled without a manifest. */
  readonly layersOnly?: true;
}

/** The accounts and the namespace of a target's own health checks, from its configuration. */
export interface Probers {
  /** User names as the API server gives them: `system:serviceaccount:purser:purser`. */
  readonly users: readonly string[];
  /** The only namespace in which they try the write path. */
  readonly namespace: string;
}

/** A request with a proof's id in its User-Agent: user and time. Epoch milliseconds. */
export interface ProofClaim {
  readonly user: string;
  /** Whether the name is only what the client gave. */
  readonly claimed: boolean;
  readonly proof: string;
  readonly first: number;
  readonly last: number;
}

/** The evidence that a request comes from Purser, and not from a client that only claims so. */
export interface ProbeEvidence {
  readonly probers: Probers;
  /** Whether an archived report has this proof, for this user, at this time. */
  readonly hasReport: (suspect: ProofClaim) => boolean;
}

/** Whether a row of an index matches the query, and whether it is Purser's own. */
export interface RowFilter {
  readonly matches: (row: number) => boolean;
  readonly isOwn: (row: number) => boolean;
}

/** How each action appears in an answer; undefined for actions that never count by themselves. */
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
 * Prepares a query for one index, so that no text is compared twice. A row is Purser's own in two cases: a
 * report confirms user, proof and time; or the API server confirms a prober's account that claims to probe,
 * at a login or in the probers' own namespace. The request's own claim is not enough.
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

/** The user and the times of a row. */
export function claimOfRow(index: IndexFile, row: number): Omit<ProofClaim, 'proof'> {
  const first = index.base + (index.first[row] ?? 0);
  const user = index.users[index.user[row] ?? -1] ?? '';
  const claimed = ACTION_DETAILS[index.deeds[index.deed[row] ?? -1] ?? '']?.claimed === true;
  return { user, claimed, first, last: first + (index.last[row] ?? 0) };
}

function isAsked(details: AuditDetails | undefined, action: Action | undefined): boolean {
  return details !== undefined && (action === undefined || details.action === action);
}
