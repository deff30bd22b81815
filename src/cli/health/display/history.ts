import type { Verdict } from '../../../health/model/checks.ts';
import type { HealthHistory, Series } from '../../../health/model/history.ts';
import { formatMs } from '../../../domain/duration.ts';
import { VERDICT_COLORS } from './health.ts';
import { sparkline } from './sparkline.ts';
import { styled } from '../../display/style.ts';

const BARS = { healthy: '▁', degraded: '▄', unhealthy: '█', unknown: '?' } as const;
const NAME = 14;

/** A history as lines of bars: what each check found, and how long it, or each stage of it, took. */
export function formatHistory(history: HealthHistory, withStages: boolean): string {
  const { target, from, to, runs, verdicts, checks, events } = history;
  const span = `${minute(from)} – ${minute(to)} UTC, ${runs} runs`;
  if (runs === 0) {
    return `${styled('bold', target)()}  ${span}\n  nothing is in the archive; are the checks scheduled? \`purser health schedule list\` says`;
  }
  return [
    `${styled('bold', target)()}  ${span}`,
    `  ${'verdict'.padEnd(NAME)} ${bars(verdicts)}`,
    ...checks.flatMap(({ check, found, counts, ms, latencies }) => [
      '',
      `  ${check.padEnd(NAME)} ${bars(found)}  ${share(counts)}`,
      seriesLine({ ...ms, name: 'took' }),
      ...(withStages ? latencies.map(seriesLine) : []),
    ]),
    '',
    `  ${BARS.healthy} healthy  ${BARS.degraded} degraded  ${BARS.unhealthy} unhealthy  ${BARS.unknown} could not look  (blank) no run`,
    ...(events.length === 0
      ? []
      : ['', ...events.map(({ at, told }) => `  ${minute(at)}  ${told.join(', ')}`)]),
  ].join('\n');
}

function seriesLine({ name, means, mean, max }: Series): string {
  return `    ${name.padEnd(NAME - 2)} ${sparkline(means)}  mean ${formatMs(mean)}, at most ${formatMs(max)}`;
}

function bars(verdicts: readonly (Verdict | null)[]): string {
  return verdicts
    .map((verdict) => (verdict === null ? ' ' : styled(VERDICT_COLORS[verdict], BARS[verdict])()))
    .join('');
}

function share(counts: Readonly<Record<Verdict, number>>): string {
  const all = Object.values(counts).reduce((sum, each) => sum + each, 0);
  const percent = (Math.floor((counts.healthy / all) * 1_000) / 10).toString();
  const others = (['degraded', 'unhealthy', 'unknown'] as const)
    .filter((verdict) => counts[verdict] > 0)
    .map((verdict) => `${counts[verdict]} ${verdict}`);
  return [`${percent} % healthy`, ...others].join(', ');
}

function minute(instant: string): string {
  return instant.slice(0, 16).replace('T', ' ');
}
