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
  /** Whether the attempt's time is used up, and `signal` was aborted for that. */
  readonly isOutOfTime: () => boolean;
  /** Whether what may pass would still be tried again. */
  readonly hasPatience: () => boolean;
  /** The image to prove pulls with, where one was asked for. */
  readonly image?: string | undefined;
}

/** One act of a proof, with the subject's login. */
export interface Trial {
  readonly target: Target;
  readonly session: RegistrySession;
  /** The registry's. */
  readonly origin: string;
  /** The cluster with the subject's token: the canary's stream is made with their rights. */
  readonly asSubject: Cluster;
  /** What marks all that the proof makes, the canary too. */
  readonly mark: ProofMark;
  readonly image: string | undefined;
  /** The time that this proof has left for reading images, in milliseconds; spent by reading. */
  readonly readingBudget: { leftMs: number };
  /** The same for the image that was asked for, which is read in each namespace if it names none. */
  readonly chosenBudget: { leftMs: number };
  /** Pushes the canary with Purser's own rights; undefined where that is not wanted. */
  readonly pushOwnCanary: ((namespace: string) => Promise<void>) | undefined;
  /** Tells what is worth knowing, and is no fault of the subject's. */
  readonly addFinding: (finding: Finding) => void;
  readonly signal: AbortSignal;
}

/** What the cluster said to Purser itself. Anything else is a bug, which is thrown on. */
export function describeOwnFailure(error: unknown): string {
  if (error instanceof ClusterFailure || error instanceof PurserError) return error.message;
  throw error;
}
