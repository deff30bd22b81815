import type { HistoryLine } from '../model/state.ts';
import { CHECKS } from '../model/checks.ts';
import type { CheckName, Verdict } from '../model/checks.ts';
import { BUCKETS_AT_MOST } from '../model/history.ts';
import type { HealthHistory, Series } from '../model/history.ts';

const EVENTS_AT_MOST = 50;
const LATENCIES_A_CHECK = 6;
const ORDER: readonly Verdict[] = ['healthy', 'degraded', 'unknown', 'unhealthy'];

interface SummaryRange {
  readonly target: string;
  /** Epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly buckets: number;
}

/**
 * Sums up the runs of a span of time in a few numbers a check, whatever their count, so that the
 * answer stays small: the worst verdict and the mean latency of each part of the span.
 */
export function createSummary({ target, from, to, buckets }: SummaryRange): {
  add(line: HistoryLine): void;
  result(): HealthHistory;
} {
  const count = Math.min(Math.max(1, buckets), BUCKETS_AT_MOST);
  const total = createRow(count);
  const rows = new Map<CheckName, SummaryRow>();
  const events: { at: string; told: readonly string[] }[] = [];
  let runs = 0;
  return {
    add: ({ state, measurements, told }) => {
      const at = Date.parse(state.at);
      if (at < from || at > to) return;
      runs += 1;
      const bucket = Math.min(count - 1, Math.floor(((at - from) / (to - from)) * count));
      total.verdict(bucket, state.verdict);
      for (const check of CHECKS) {
        const each = state.checks[check];
        if (each === undefined) continue;
        const row = rows.get(check) ?? createRow(count);
        rows.set(check, row);
        row.verdict(bucket, each.found);
        row.latencies(bucket, {
          ...(each.ms === undefined ? {} : { '': each.ms }),
          ...measurements[check],
        });
      }
      if (told.length > 0) events.push({ at: state.at, told });
      if (events.length > EVENTS_AT_MOST) events.shift();
    },
    result: () => ({
      target,
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      runs,
      verdicts: total.verdicts,
      checks: [...rows].map(([check, row]) => ({
        check,
        found: row.verdicts,
        counts: row.counts,
        ms: row.series('', 'check'),
        latencies: row.names().map((name) => row.series(name, name.slice(0, -'_ms'.length))),
      })),
      events,
    }),
  };
}

type SummaryRow = ReturnType<typeof createRow>;

function createRow(count: number) {
  const verdicts: (Verdict | null)[] = Array.from({ length: count }, () => null);
  const counts: Record<Verdict, number> = { healthy: 0, degraded: 0, unhealthy: 0, unknown: 0 };
  const latencies = new Map<string, { sums: number[]; runs: number[]; max: number }>();
  return {
    verdicts,
    counts,
    verdict: (bucket: number, verdict: Verdict) => {
      counts[verdict] += 1;
      const before = verdicts[bucket] ?? 'healthy';
      verdicts[bucket] = ORDER.indexOf(verdict) > ORDER.indexOf(before) ? verdict : before;
    },
    latencies: (bucket: number, measured: Readonly<Record<string, number>>) => {
      for (const [name, ms] of Object.entries(measured)) {
        if (name !== '' && !name.endsWith('_ms')) continue;
        const zeros = () => Array.from({ length: count }, () => 0);
        const each = latencies.get(name) ?? { sums: zeros(), runs: zeros(), max: 0 };
        latencies.set(name, each);
        each.sums[bucket] = (each.sums[bucket] ?? 0) + ms;
        each.runs[bucket] = (each.runs[bucket] ?? 0) + 1;
        each.max = Math.max(each.max, ms);
      }
    },
    names: () => [...latencies.keys()].filter((name) => name !== '').slice(0, LATENCIES_A_CHECK),
    series: (name: string, title: string): Series => {
      const { sums, runs, max } = latencies.get(name) ?? { sums: [], runs: [], max: 0 };
      const all = runs.reduce((sum, each) => sum + each, 0);
      const sum = sums.reduce((before, each) => before + each, 0);
      return {
        name: title,
        mean: all === 0 ? 0 : Math.round(sum / all),
        max: Math.round(max),
        means: sums.map((each, bucket) => {
          const of = runs[bucket] ?? 0;
          return of === 0 ? null : Math.round(each / of);
        }),
      };
    },
  };
}
