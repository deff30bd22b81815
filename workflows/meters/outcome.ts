import { metricMeter } from '@temporalio/workflow';
import type { Outcome, Report } from '../../src/domain/report.ts';

/** Counts an onboarding or a revocation that has ended, and how long it took. */
export function meterOutcome(
  workflow: Report['workflow'],
  {
    target,
    outcome,
    ms,
  }: { readonly target: string; readonly outcome: Outcome; readonly ms: number },
): void {
  const what = NAMES[workflow];
  if (what === undefined) return;
  metricMeter
    .createCounter(`purser_${what}s_total`, undefined, `Ended ${what}s by outcome`)
    .add(1, { target, outcome });
  metricMeter
    .createHistogram(
      `purser_${what}_duration`,
      'float',
      'seconds',
      `How long ${what}s took, waiting for people included`,
    )
    .record(ms / 1_000, { target, outcome });
}

const NAMES: Readonly<Partial<Record<string, string>>> = {
  onboard: 'onboarding',
  revoke: 'revocation',
};
