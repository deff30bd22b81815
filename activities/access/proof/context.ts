import type { Finding } from '../../../src/domain/finding.ts';
import type { Cluster } from '../../../src/kubernetes/api/cluster.ts';
import { ClusterFailure } from '../../../src/kubernetes/api/failure.ts';
import type { ProofMark } from '../../../src/openshift/tokens.ts';
import { PurserError } from '../../../src/domain/errors.ts';
import type { RegistrySession } from '../../../src/registry/session.ts';
import type { Target } from '../../target.ts';
import type { Recorder } from './steps.ts';

/** One proof under way. */
export interface ProofContext {
  readonly recorder: Recorder;
  readonly signal: AbortSignal;
  /** Whether the attempt's time is over, and `signal` was aborted because of that. */
  readonly isOutOfTime: () => boolean;
  /** Whether a temporary failure would still be retried. */
  readonly hasPatience: () => boolean;
  /** The image to prove pulls with, if one was requested. */
  readonly image?: string | undefined;
}

/** What one act of a proof needs: the subject's login, and Purser's own clients. */
export interface Trial {
  readonly target: Target;
  readonly session: RegistrySession;
  /** The registry's. */
  readonly origin: string;
  /** The cluster with the subject's token: the canary's stream is made with their rights. */
  readonly asSubject: Cluster;
  /** The mark of everything that the proof makes, also of the canary. */
  readonly mark: ProofMark;
  readonly image: string | undefined;
  /** The time that this proof has left to read images, in milliseconds. */
  readonly readingBudget: { leftMs: number };
  /** The same for the requested image, which is read in each namespace if it names none. */
  readonly chosenBudget: { leftMs: number };
  /** Pushes the canary with Purser's own rights; undefined if the target does not allow that. */
  readonly pushOwnCanary: ((namespace: string) => Promise<void>) | undefined;
  /** Adds a finding that does not fail the step. */
  readonly addFinding: (finding: Finding) => void;
  readonly signal: AbortSignal;
}

/** The failure of a call by Purser itself, as a text. Any other error is a bug, and is thrown. */
export function describeOwnFailure(error: unknown): string {
  if (error instanceof ClusterFailure || error instanceof PurserError) return error.message;
  throw error;
}
