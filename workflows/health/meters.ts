import { FINDING_SEVERITIES } from '../../src/domain/finding.ts';
import { proxySinks } from '@temporalio/workflow';
import { VERDICTS } from '../../src/health/model/checks.ts';
import type { CheckResult, Verdict } from '../../src/health/model/checks.ts';
import type { MeterSinks } from '../contract.ts';

const { purser } = proxySinks<MeterSinks>();
const DAY_SECONDS = 86_400;

/** The results of one run, with the verdicts of its evaluation. */
export interface MeteredRun {
  readonly target: string;
  readonly verdict: Verdict;
  readonly checks: readonly Pick<
    CheckResult,
    'check' | 'verdict' | 'findings' | 'durationMs' | 'measurements'
  >[];
}

/**
 * Records a run's result in the worker's metrics (docs/metrics.md). Gauges keep their values until the next
 * run, even if none comes: `purser_health_run_timestamp_seconds` shows their age.
 */
export function meterHealth({ target, verdict, checks }: MeteredRun): void {
  purser.meter('purser_health_run_timestamp_seconds', Date.now() / 1_000, { target });
  for (const each of VERDICTS) {
    purser.meter('purser_target_verdict', Number(each === verdict), { target, verdict: each });
  }
  for (const result of checks) meterCheck(target, result);
}

function meterCheck(target: string, result: MeteredRun['checks'][number]): void {
  const { check, findings, durationMs, measurements } = result;
  for (const each of VERDICTS) {
    const holds = Number(each === result.verdict);
    purser.meter('purser_check_verdict', holds, { target, check, verdict: each });
  }
  for (const severity of FINDING_SEVERITIES) {
    const count = findings.filter((finding) => finding.severity === severity).length;
    purser.meter('purser_check_findings', count, { target, check, severity });
  }
  purser.meter('purser_check_duration', durationMs / 1_000, { target, check });
  for (const [name, value] of Object.entries(measurements)) {
    measure({ target, check }, name, value);
  }
}

// A check names its measurements (src/health/model/checks.ts): `push_ms` is a latency, and
// `route_certificate_days_left` a certificate's lifetime. The others are only in the archive.
function measure(
  { target, check }: { readonly target: string; readonly check: string },
  name: string,
  value: number,
): void {
  const [, probe] = /^(\w+)_ms$/.exec(name) ?? [];
  if (probe !== undefined && value >= 0) {
    purser.meter('purser_probe_duration', value / 1_000, { target, check, probe });
  }
  const certificate = /^(?:(\w+)_)?certificate_days_left$/.exec(name);
  if (certificate !== null) {
    const endpoint = certificate[1] ?? check;
    purser.meter('purser_certificate_remaining_seconds', value * DAY_SECONDS, { target, endpoint });
  }
}
