import type { GrantRecord } from '../../../src/access/model/report/report.ts';
import type { RevokeRequest } from '../../../src/access/model/request.ts';
import type { ProgressView } from '../../progress-view.ts';
import type { FailureSummary } from '../../failure.ts';

/** The result for one access that the request names. */
export interface AccessResult {
  readonly access: string;
  /**
   * `revoked`: its bindings were deleted. `gone`: the bindings did not exist any more. `never`: Purser never
   * granted it, and the request ignores that. `kept`: at least one of its bindings was not deleted;
   * `problem` says why.
   */
  readonly is: 'revoked' | 'gone' | 'never' | 'kept';
  /** Bindings that were deleted, as `RoleBinding team-a/name`. */
  readonly deleted: readonly string[];
  readonly problem?: FailureSummary;
  /** Why the archive could not be read. It may know of a grant that the cluster does not show; so `never` is not sure. */
  readonly archiveError?: string;
}

/** An onboarding that was cancelled because it would have granted one of the accesses. */
export interface StoppedOnboarding {
  readonly workflowId: string;
  readonly runId: string;
  readonly accesses: readonly string[];
  /** Whether its undo has ended as well. */
  readonly hasEnded: boolean;
}

/** One revocation that runs. */
export interface RevocationContext {
  readonly request: RevokeRequest;
  readonly view: ProgressView;
  readonly stopped: StoppedOnboarding[];
  readonly results: AccessResult[];
  /** The bindings that were found. */
  readonly grants: GrantRecord[];
}
