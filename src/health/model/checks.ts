import type { Finding, FindingSeverity } from '../../domain/finding.ts';

/** The checks of a registry's health, by the name that the command line, alerts and metrics show. */
export const CHECKS = [
  'pods',
  'workload',
  'operator',
  'endpoint',
  'write-path',
  'metrics',
  'identity',
] as const;
export type CheckName = (typeof CHECKS)[number];

/**
 * What alerts are about: a check, or `probe`, under which one alert tells of all the checks that
 * cannot look. That is no outage of the registry.
 */
export const ALERTED = [...CHECKS, 'probe'] as const;
export type Alerted = (typeof ALERTED)[number];

/**
 * What a check, or a target, is found to be. `unknown`: it could not be looked at, which says nothing
 * about the registry; it is never taken for `healthy`.
 */
export const VERDICTS = ['healthy', 'degraded', 'unhealthy', 'unknown'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** What one check of one run found, before any memory of earlier runs. */
export interface CheckResult {
  readonly check: CheckName;
  /** By the worst of its findings; `healthy` without any. */
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  /** Of the last try, where it was tried more than once. */
  readonly durationMs: number;
  /**
   * It was tried again within the run and stayed as it is: the judgement counts it as two runs, so
   * that an outage is told earlier, but never by one run alone.
   */
  readonly confirmed?: boolean;
  /** Numbers worth keeping and showing, e.g. `push_ms`, `certificate_days_left`: name to value. */
  readonly measurements: Readonly<Record<string, number>>;
  /**
   * What the check wants to be given at the next run (restart counts, counter baselines): small, JSON,
   * opaque to everybody else. All checks' together have room for 4 KB; what is more is forgotten.
   */
  readonly memory?: unknown;
  /** What a person wants to see of it at a glance: pods, conditions. Nothing is judged by it. */
  readonly table?: Table;
}

/** Rows of text for people. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

// A known fault outweighs what could not be checked, and that outweighs what works in part.
const WORST_FIRST: readonly Verdict[] = ['unhealthy', 'unknown', 'degraded'];

const VERDICT_OF: Readonly<Record<FindingSeverity, Verdict>> = {
  error: 'unhealthy',
  unknown: 'unknown',
  warning: 'degraded',
  note: 'healthy',
};

/** The verdict that findings add up to: that of the worst of them. */
export function verdictOf(findings: readonly Pick<Finding, 'severity'>[]): Verdict {
  return worstVerdict(findings.map(({ severity }) => VERDICT_OF[severity]));
}

/** The worst of several verdicts; `healthy` without any. */
export function worstVerdict(verdicts: readonly Verdict[]): Verdict {
  return WORST_FIRST.find((each) => verdicts.includes(each)) ?? 'healthy';
}
