import type { GrantRecord } from '../../../src/access/model/report/report.ts';
import type { RevokeRequest } from '../../../src/access/model/request.ts';
import type { ProgressView } from '../../progress-view.ts';
import type { FailureSummary } from '../../failure.ts';

/** What became of one access that was to be taken back. */
export interface AccessResult {
  readonly access: string;
  /**
   * `revoked`: its bindings were deleted. `gone`: there was nothing to delete any more. `never`: Purser
   * never gave it, which was to be ignored. `kept`: it, or
   * a binding that stands for it, was not taken back; `problem` says why.
   */
  readonly is: 'revoked' | 'gone' | 'never' | 'kept';
  /** Bindings that were deleted, as `RoleBinding team-a/name`. */
  readonly deleted: readonly string[];
  readonly problem?: FailureSummary;
  /** Why the archive, which may know more than the cluster shows, could not be asked whether it is `never`. */
  readonly archiveError?: string;
}

/** An onboarding that was cancelled, because it would have given one of the accesses. */
export interface StoppedOnboarding {
  readonly workflowId: string;
  readonly runId: string;
  readonly accesses: readonly string[];
  /** Whether its undo has come to an end as well. */
  readonly hasEnded: boolean;
}

/** One revocation under way. */
export interface RevocationContext {
  readonly request: RevokeRequest;
  readonly view: ProgressView;
  readonly stopped: StoppedOnboarding[];
  readonly results: AccessResult[];
  /** The bindings that were found. */
  readonly grants: GrantRecord[];
}
