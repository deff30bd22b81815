import { formatDuration, formatMs } from '../../../domain/duration.ts';
import type { Verdict } from '../../../health/model/checks.ts';
import type { CheckState, HealthState } from '../../../health/model/state.ts';
import type { HealthReport } from '../../../temporal/health.ts';
import { EXIT } from '../../exit.ts';
import { formatAgo } from '../../display/schedules.ts';
import { styled } from '../../display/style.ts';

export const VERDICT_COLORS = {
  healthy: 'green',
  degraded: 'yellow',
  unhealthy: 'red',
  unknown: 'magenta',
} as const satisfies Record<Verdict, string>;

const MARKS = { healthy: '✔', degraded: '!', unhealthy: '✘', unknown: '?' } as const;

/** 0 healthy, 1 unhealthy, 3 degraded or unknown. */
export function codeOfVerdict(verdict: Verdict): number {
  if (verdict === 'healthy') return EXIT.proven;
  return verdict === 'unhealthy' ? EXIT.failed : EXIT.unproven;
}

/** A target as `purser health status` shows it. */
export function formatHealth(report: HealthReport, now: Date): string {
  const { target, state } = report;
  if (state === undefined) {
    return [`${styled('bold', target)()}  no run yet`, ...scheduleLines(report, now)].join('\n');
  }
  return [
    `${styled('bold', target)()}  ${colored(state.verdict)}  since ${formatInstant(state.since)} (${formatAgo(state.since, now)})`,
    ...Object.entries(state.checks).flatMap(([check, each]) =>
      checkLines(check, each, { verdict: each.verdict, since: each.since }, now),
    ),
    ...noticeLines(state),
    ...scheduleLines(report, now),
  ].join('\n');
}

/** What one run found, as `purser health check` shows it. */
export function formatFound(state: HealthState, found: Verdict, now: Date): string {
  return [
    `${styled('bold', state.target)()}  this run: ${colored(found)}`,
    ...Object.entries(state.checks).flatMap(([check, each]) =>
      checkLines(check, each, { verdict: each.found, since: each.streakSince }, now),
    ),
    ...noticeLines(state),
    `  judged by the last runs: ${colored(state.verdict)} since ${formatInstant(state.since)}`,
  ].join('\n');
}

interface VerdictSince {
  readonly verdict: Verdict;
  readonly since: string;
}

function checkLines(
  check: string,
  each: CheckState,
  shown: VerdictSince,
  now: Date,
): readonly string[] {
  if (check === 'probe') return each.level === 'healthy' ? [] : [probeLine(each, now)];
  const { verdict } = shown;
  const mark = styled(VERDICT_COLORS[verdict], MARKS[verdict]);
  const took = each.ms === undefined ? '' : formatMs(each.ms);
  const words = `${verdict.padEnd(9)} ${took.padStart(7)}  ${remarks(each, shown, now)}`;
  return [`  ${mark()} ${check.padEnd(11)} ${words}`.trimEnd(), ...findingLines(each)];
}

function remarks(
  { lastGood, isFlapping, found, verdict: settled }: CheckState,
  { verdict, since }: VerdictSince,
  now: Date,
): string {
  const good = lastGood === undefined ? 'never good' : `last good ${formatAgo(lastGood, now)} ago`;
  return [
    ...(verdict === 'healthy' ? [] : [`for ${formatAgo(since, now)}`, good]),
    ...(isFlapping === true ? ['comes and goes'] : []),
    ...(verdict === settled && found !== settled ? [`the last run found it ${found}`] : []),
  ].join(', ');
}

function probeLine({ since }: CheckState, now: Date): string {
  const mark = styled(VERDICT_COLORS.unknown, MARKS.unknown);
  return `  ${mark()} Purser could not check everything for ${formatAgo(since, now)}: that is no outage of the registry`;
}

function findingLines({ findings }: CheckState): readonly string[] {
  return findings.flatMap(({ severity, cause, text, advice }) => [
    `      ${severity === 'note' ? 'note' : cause}: ${text}`,
    ...(advice === undefined ? [] : [`      ${styled('yellow', '→')()} ${advice}`]),
  ]);
}

function noticeLines({ maintenance, missedSince }: HealthState): readonly string[] {
  return [
    ...(maintenance === undefined ? [] : [`  alerts are held back: ${maintenance}`]),
    ...(missedSince === undefined
      ? []
      : [`  before this run there was none since ${formatInstant(missedSince)}`]),
  ];
}

function scheduleLines({ schedule, state, isLate }: HealthReport, now: Date): readonly string[] {
  const last = state === undefined ? '' : `last run ${formatAgo(state.at, now)} ago; `;
  if (schedule === undefined) {
    return [`  ${last}not scheduled: \`purser health schedule\` runs the checks every minute`];
  }
  const every = `every ${formatDuration(schedule.everyMs)}`;
  if (schedule.isPaused)
    return [`  ${last}${every}, paused: ${schedule.note ?? 'no reason given'}`];
  const next =
    schedule.next === undefined ? '' : `, next at ${formatInstant(schedule.next.toISOString())}`;
  const late = `  ${styled('red', 'no run has ended in time')()}: is \`purser worker\` running? \`purser doctor\` says`;
  return [`  ${last}${every}${next}`, ...(isLate ? [late] : [])];
}

function colored(verdict: Verdict): string {
  return styled(VERDICT_COLORS[verdict], verdict)();
}

function formatInstant(instant: string): string {
  return `${instant.slice(0, 19).replace('T', ' ')} UTC`;
}
