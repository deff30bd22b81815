import type { Alert } from '../../alerts/model/alert.ts';
import type { Finding } from '../../domain/finding.ts';
import type { CheckName, CheckResult } from './checks.ts';
import type { HealthState, HistoryLine } from './state.ts';

/** What there is to judge of one run of a target's checks. */
export interface EvaluationInput {
  readonly target: string;
  /** The time of the run, RFC 3339, UTC. */
  readonly at: string;
  readonly everyMs?: number | undefined;
  readonly run?: Alert['run'];
  readonly before?: HealthState | undefined;
  readonly results: readonly CheckResult[];
  /** Why the checks could not be run at all, where they could not. */
  readonly failure?: Finding | undefined;
}

/** What the judgement comes to. */
export interface Evaluation {
  readonly state: HealthState;
  /** To be told now: the transitions, and reminders. */
  readonly alerts: readonly Alert[];
  /** All that has been told and is not over, the new ones too. */
  readonly open: readonly Alert[];
  /** The checks that this run has found to be down: the logs around it are worth keeping. */
  readonly wentDown: readonly CheckName[];
  readonly line: Omit<HistoryLine, 'state'>;
}
