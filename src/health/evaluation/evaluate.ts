import type { Alert } from '../../alerts/model/alert.ts';
import type { Finding } from '../../domain/finding.ts';
import { missesRuns } from '../model/late.ts';
import type { HealthPolicy } from '../model/policy.ts';
import type { EvaluationInput, Evaluation } from '../model/evaluation.ts';
import type { CheckState, HealthState } from '../model/state.ts';
import { ALERTED, CHECKS, worstVerdict } from '../model/checks.ts';
import type { Alerted, CheckName, CheckResult, Verdict } from '../model/checks.ts';
import { fitToSize } from './fit-to-size.ts';
import { maintenanceOf } from './maintenance.ts';
import { abandoned, compose, nextMessage, stillOpen } from './messages.ts';
import type { About } from './messages.ts';
import { probeResult } from './probe.ts';
import { nextCheckState } from './next-check-state.ts';

type ByCheck<T> = readonly (readonly [check: Alerted, each: T])[];

interface CheckMessage {
  readonly check: Alerted;
  /** With what has been told now. */
  readonly now: CheckState;
  readonly alert: Alert | undefined;
}

/**
 * From what earlier runs left and what this one found: the verdicts, what is to be told, and what to
 * leave to the next run. Pure: the same case gives the same judgement.
 */
export function evaluate(given: EvaluationInput, policy: HealthPolicy): Evaluation {
  const { target, at, everyMs, run, before, failure } = given;
  const maintenance = maintenanceOf(policy.maintenance, target, new Date(at));
  const isHeld = maintenance !== undefined;
  const results = failure === undefined ? given.results : blindResults(before, failure);
  const stands = [...results, probeResult(results, failure)].map(
    (result) =>
      [
        result.check,
        nextCheckState(before?.checks[result.check], result, { at, policy, isHeld }),
      ] as const,
  );
  const about = (check: Alerted): About => ({ target, check, at, run });
  const said = stands.map(([check, now]): CheckMessage => {
    const next = isHeld ? undefined : nextMessage(now, at, policy.remindEveryHours);
    if (next === undefined) return { check, now, alert: undefined };
    const { alert, told } = compose(now, next, about(check));
    return { check, now: { ...now, told }, alert };
  });
  const verdict = targetVerdict(stands);
  const alerts = [...said.flatMap(({ alert }) => alert ?? []), ...gone(before, stands, about)];
  const state: HealthState = {
    target,
    at,
    everyMs,
    verdict,
    since: before?.verdict === verdict ? before.since : sinceOf(stands, verdict, at),
    missedSince: missedSince(given),
    maintenance,
    checks: Object.fromEntries(said.map(({ check, now }) => [check, now])),
  };
  return {
    state: fitToSize(state),
    alerts,
    open: said.flatMap(({ check, now }) => stillOpen(now, about(check)) ?? []),
    wentDown: wentDown(before, said),
    line: {
      runId: run?.runId ?? '',
      measurements: Object.fromEntries(results.map((each) => [each.check, each.measurements])),
      told: alerts.map((alert) => `${alert.check} ${alert.state}`),
    },
  };
}

/** What was told of checks that are no longer run is over. */
function gone(
  before: HealthState | undefined,
  stands: ByCheck<CheckState>,
  about: (check: Alerted) => About,
): readonly Alert[] {
  return ALERTED.flatMap((check) => {
    const told = before?.checks[check]?.told;
    const isThere = stands.some(([each]) => each === check);
    return told === undefined || isThere ? [] : [abandoned(told, about(check))];
  });
}

// Nobody looked: each check that there was is as it was, and could not be looked at.
function blindResults(
  before: HealthState | undefined,
  failure: Finding,
): readonly (CheckResult & { readonly isUntried: true })[] {
  const names = CHECKS.filter((name) => before?.checks[name] !== undefined);
  return names.map((check) => ({
    check,
    verdict: 'unknown',
    findings: [failure],
    durationMs: 0,
    measurements: {},
    isUntried: true,
  }));
}

function targetVerdict(stands: ByCheck<CheckState>): Verdict {
  const checks = stands.filter(([check]) => check !== 'probe');
  if (checks.length === 0) return 'unknown';
  return worstVerdict(checks.map(([, { verdict }]) => verdict));
}

/** Since when the target is what it is: since the first of its checks that makes it so. */
function sinceOf(stands: ByCheck<CheckState>, verdict: Verdict, at: string): string {
  const those = stands.filter(([check, each]) => check !== 'probe' && each.verdict === verdict);
  const times = those.map(([, { since }]) => since).sort();
  return (verdict === 'healthy' ? times.at(-1) : times[0]) ?? at;
}

function missedSince({ before, at, everyMs }: EvaluationInput): string | undefined {
  if (before === undefined) return undefined;
  return missesRuns(before.at, new Date(at), everyMs) ? before.at : undefined;
}

function wentDown(
  before: HealthState | undefined,
  said: readonly CheckMessage[],
): readonly CheckName[] {
  return said.flatMap(({ check, alert }) => {
    if (check === 'probe' || alert === undefined || alert.severity !== 'critical') return [];
    const wasDown = before?.checks[check]?.told?.severity === 'critical';
    return !wasDown && ['firing', 'flapping'].includes(alert.state) ? [check] : [];
  });
}
