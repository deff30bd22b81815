import type { HealthPolicy, Thresholds } from '../model/policy.ts';
import type { CheckState } from '../model/state.ts';
import type { Alerted, CheckResult } from '../model/checks.ts';
import { isFlapping, withoutChanges } from './flapping.ts';
import { applyHysteresis } from './hysteresis.ts';

/** A result as the judgement sees it. */
export type Observed = Pick<CheckResult, 'verdict' | 'findings'> &
  Partial<Pick<CheckResult, 'durationMs' | 'confirmed' | 'memory'>> & {
    readonly check: Alerted;
    /** The check was not run: what it remembers stays. */
    readonly isUntried?: boolean;
  };

interface TransitionContext {
  readonly at: string;
  readonly policy: HealthPolicy;
  /** In maintenance nothing is told, and what changes then is no flapping afterwards. */
  readonly isHeld: boolean;
}

/** How a check stands after a result. What was told of it is taken over as it is. */
export function nextCheckState(
  before: CheckState | undefined,
  result: Observed,
  { at, policy, isHeld }: TransitionContext,
): CheckState {
  const thresholds = thresholdsOf(policy, result.check);
  const counted = { found: result.verdict, times: result.confirmed === true ? 2 : 1 };
  const next = applyHysteresis(before, counted, { ...thresholds, runs: policy.flapping.runs });
  const times = timesAfter(before, result, at);
  return {
    ...next,
    ...flappingAfter(before, next.recent, { policy, thresholds, isHeld }),
    since: before?.verdict === next.verdict ? before.since : verdictSince(next.verdict, times, at),
    found: result.verdict,
    ms: tookMs(result),
    ...times,
    findings: findingsAfter(before, next.verdict, result),
    told: before?.told,
    memory: result.isUntried === true ? before?.memory : result.memory,
  };
}

interface FlappingContext {
  readonly policy: HealthPolicy;
  readonly thresholds: Thresholds;
  readonly isHeld: boolean;
}

function flappingAfter(
  before: CheckState | undefined,
  recent: string,
  { policy, thresholds, isHeld }: FlappingContext,
): Pick<CheckState, 'recent' | 'isFlapping'> {
  const wasFlapping = before?.isFlapping === true;
  if (!isHeld && isFlapping(wasFlapping, recent, policy.flapping))
    return { recent, isFlapping: true };
  if (!isHeld && !wasFlapping) return { recent };
  const { failuresToGoDown, successesToComeBack } = thresholds;
  return { recent: withoutChanges(recent, Math.max(failuresToGoDown, successesToComeBack)) };
}

function thresholdsOf(policy: HealthPolicy, check: Alerted): Thresholds {
  const own = check === 'probe' ? undefined : policy.checks[check];
  const { failuresToGoDown, successesToComeBack } = policy;
  return { failuresToGoDown, successesToComeBack, ...own };
}

function tookMs({ durationMs, isUntried }: Observed): number | undefined {
  return durationMs === undefined || isUntried === true ? undefined : Math.round(durationMs);
}

type StateTimes = Pick<CheckState, 'streakSince' | 'badSince' | 'lastGood'>;

function timesAfter(before: CheckState | undefined, { verdict }: Observed, at: string): StateTimes {
  const isWell = verdict === 'healthy';
  const isSame = before !== undefined && (before.found === 'healthy') === isWell;
  const streakSince = isSame ? before.streakSince : at;
  return {
    streakSince,
    badSince: isWell ? before?.badSince : streakSince,
    lastGood: isWell ? at : before?.lastGood,
  };
}

// From well to not well, or back: since the first run of the row that moved it.
function verdictSince(verdict: CheckState['verdict'], times: StateTimes, at: string): string {
  const isWell = verdict === 'healthy';
  const streakIsWell = times.lastGood === at;
  return isWell === streakIsWell ? times.streakSince : at;
}

// While it is judged to be ill, a run that found nothing does not take away what was found.
function findingsAfter(
  before: CheckState | undefined,
  verdict: CheckState['verdict'],
  { verdict: found, findings, isUntried }: Observed,
): CheckState['findings'] {
  if (before === undefined) return [...findings];
  const isComingBack = found === 'healthy' && verdict !== 'healthy';
  const isStillKnown = isUntried === true && verdict !== 'unknown';
  return isComingBack || isStillKnown ? before.findings : [...findings];
}
