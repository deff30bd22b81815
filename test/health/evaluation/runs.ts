import { DEFAULT_HEALTH_POLICY } from '../../../src/health/model/policy.ts';
import type { HealthPolicy } from '../../../src/health/model/policy.ts';
import type { Evaluation } from '../../../src/health/model/evaluation.ts';
import { readState } from '../../../src/health/model/state.ts';
import type { HealthState } from '../../../src/health/model/state.ts';
import type { Finding, FindingSeverity } from '../../../src/domain/finding.ts';
import type { CheckName, CheckResult, Verdict } from '../../../src/health/model/checks.ts';
import { evaluate } from '../../../src/health/evaluation/evaluate.ts';

/** A finding's severity that makes the verdict. */
export const SEVERITY_OF = {
  healthy: 'note',
  degraded: 'warning',
  unknown: 'unknown',
  unhealthy: 'error',
} as const satisfies Record<Verdict, FindingSeverity>;

export const MINUTE = 60_000;
export const START = Date.parse('2026-11-23T00:00:00.000Z');

/** A result with one finding that says as much. */
export function result(
  check: CheckName,
  verdict: Verdict,
  more: Partial<CheckResult> = {},
): CheckResult {
  const findings: readonly Finding[] =
    verdict === 'healthy'
      ? []
      : [
          {
            severity: SEVERITY_OF[verdict],
            cause: 'storage',
            text: `${check} is ${verdict}`,
            advice: 'look',
          },
        ];
  return { check, verdict, findings, durationMs: 12, measurements: {}, ...more };
}

/** Runs one after the other: each gets what the one before it left, as Temporal passes it on. */
export function createRuns(policy: Partial<HealthPolicy> = {}) {
  let before: HealthState | undefined;
  let at = START - MINUTE;
  return {
    state: (): HealthState => {
      if (before === undefined) throw new Error('no run yet');
      return before;
    },
    /** One run, a minute after the last one unless another time is given (epoch milliseconds). */
    run: (
      results: readonly CheckResult[],
      more: { readonly at?: number; readonly failure?: Finding } = {},
    ): Evaluation => {
      at = more.at ?? at + MINUTE;
      const judged = evaluate(
        {
          target: 'prod',
          at: new Date(at).toISOString(),
          everyMs: MINUTE,
          before,
          results,
          failure: more.failure,
        },
        { ...DEFAULT_HEALTH_POLICY, ...policy },
      );
      // Between two runs it is JSON.
      before = readState(JSON.parse(JSON.stringify(judged.state)));
      if (before === undefined) throw new Error('a state that the next run cannot read');
      return judged;
    },
  };
}

const VERDICTS: Readonly<Record<string, Verdict>> = {
  h: 'healthy',
  d: 'degraded',
  u: 'unhealthy',
  '?': 'unknown',
};

/**
 * Runs of one check, a letter each (`h`ealthy, `d`egraded, `u`nhealthy, `?`; a capital: tried again
 * and confirmed). Resolves to what was told, as `run:check state severity`.
 */
export function tell(letters: string, policy: Partial<HealthPolicy> = {}): readonly string[] {
  const runs = createRuns(policy);
  return letters.split('').flatMap((letter, index) => {
    const verdict = VERDICTS[letter.toLowerCase()] ?? 'unknown';
    const confirmed = letter !== letter.toLowerCase();
    const { alerts } = runs.run([result('write-path', verdict, { confirmed })]);
    return alerts.map(({ check, state, severity }) => `${index}:${check} ${state} ${severity}`);
  });
}
