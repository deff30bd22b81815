import type { CheckResult } from '../../src/health/model/checks.ts';
import type { CheckName } from '../../src/health/model/checks.ts';

/** What a run asks for: which checks, and the memory of each from its last run. */
export interface Examination {
  /** Default: all. */
  readonly checks?: readonly CheckName[] | undefined;
  /** By check: the `memory` of its last result. */
  readonly memory: Readonly<Partial<Record<CheckName, unknown>>>;
}

export interface Examined {
  /** One for each check that was asked for, in that order. */
  readonly results: readonly CheckResult[];
  /** How many requests to the cluster's API the whole run took. */
  readonly apiRequests: number;
}
