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
import type { MessageContext } from './messages.ts';
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
  const results = failure === undefined ? given.results : uncheckedResults(before, failure);
  const states = [...results, probeResult(results, failure)].map(
    (result) =>
      [
        result.check,
        nextCheckState(before?.checks[result.check], result, { at, policy, isHeld }),
      ] as const,
  );
  const contextOf = (check: Alerted): MessageContext => ({ target, check, at, run });
  const messages = states.map(([check, now]): CheckMessage => {
    const next = isHeld ? undefined : nextMessage(now, at, policy.remindEveryHours);
    if (next === undefined) return { check, now, alert: undefined };
    const { alert, told } = compose(now, next, contextOf(check));
    return { check, now: { ...now, told }, alert };
  });
  const verdict = targetVerdict(states);
  const alerts = [
    ...messages.flatMap(({ alert }) => alert ?? []),
    ...abandonedAlerts(before, states, contextOf),
  ];
  const state: HealthState = {
    target,
    at,
    everyMs,
    verdict,
    since: before?.verdict === verdict ? before.since : sinceOf(states, verdict, at),
    missedSince: missedSince(given),
    maintenance,
    checks: Object.fromEntries(messages.map(({ check, now }) => [check, now])),
  };
  return {
    state: fitToSize(state),
    alerts,
    open: messages.flatMap(({ check, now }) => stillOpen(now, contextOf(check)) ?? []),
    wentDown: wentDown(before, messages),
    line: {
      runId: run?.runId ?? '',
      measurements: Object.fromEntries(results.map((each) => [each.check, each.measurements])),
      told: alerts.map((alert) => `${alert.check} ${alert.state}`),
    },
  };
}

/** What was told of checks that are no longer run is over. */
function abandonedAlerts(
  before: HealthState | undefined,
  states: ByCheck<CheckState>,
  contextOf: (check: Alerted) => MessageContext,
): readonly Alert[] {
  return ALERTED.flatMap((check) => {
    const told = before?.checks[check]?.told;
    const isChecked = states.some(([each]) => each === check);
    return told === undefined || isChecked ? [] : [abandoned(told, contextOf(check))];
  });
}

// Nobody looked: each check that there was is as it was, and could not be looked at.
function uncheckedResults(
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

function targetVerdict(states: ByCheck<CheckState>): Verdict {
  const checks = states.filter(([check]) => check !== 'probe');
  if (checks.length === 0) return 'unknown';
  return worstVerdict(checks.map(([, { verdict }]) => verdict));
}

/** Since when the target is what it is: since the first of its checks that makes it so. */
function sinceOf(states: ByCheck<CheckState>, verdict: Verdict, at: string): string {
  const matching = states.filter(([check, each]) => check !== 'probe' && each.verdict === verdict);
  const times = matching.map(([, { since }]) => since).sort();
  return (verdict === 'healthy' ? times.at(-1) : times[0]) ?? at;
}

function missedSince({ before, at, everyMs }: EvaluationInput): string | undefined {
  if (before === undefined) return undefined;
  return missesRuns(before.at, new Date(at), everyMs) ? before.at : undefined;
}

function wentDown(
  before: HealthState | undefined,
  messages: readonly CheckMessage[],
): readonly CheckName[] {
  return messages.flatMap(({ check, alert }) => {
    if (check === 'probe' || alert === undefined || alert.severity !== 'critical') return [];
    const wasDown = before?.checks[check]?.told?.severity === 'critical';
    return !wasDown && ['firing', 'flapping'].includes(alert.state) ? [check] : [];
  });
}
