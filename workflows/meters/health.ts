import { metricMeter } from '@temporalio/workflow';
import { VERDICTS } from '../../src/domain/health/checks.ts';
import type { CheckResult, Verdict } from '../../src/domain/health/checks.ts';

const DAY_SECONDS = 86_400;
const WEIGHTS = ['unhealthy', 'degraded', 'unknown', 'note'] as const;

/** What one run found, with the verdicts that its judgement came to. */
export interface Metered {
  readonly target: string;
  readonly verdict: Verdict;
  readonly checks: readonly Pick<
    CheckResult,
    'check' | 'verdict' | 'findings' | 'durationMs' | 'measurements'
  >[];
}

/**
 * Puts a run's result on the worker's metrics (docs/metrics.md). Gauges stay as they are until the
 * next run, also when there is none: `purser_health_run_timestamp_seconds` says how old they are.
 */
export function meterHealth({ target, verdict, checks }: Metered): void {
  const meters = createMeters();
  meters.run.set(Date.now() / 1_000, { target });
  for (const each of VERDICTS) {
    meters.target.set(Number(each === verdict), { target, verdict: each });
  }
  for (const result of checks) {
    const { check, findings } = result;
    for (const each of VERDICTS) {
      meters.check.set(Number(each === result.verdict), { target, check, verdict: each });
    }
    for (const weight of WEIGHTS) {
      const count = findings.filter((finding) => finding.weight === weight).length;
      meters.findings.set(count, { target, check, weight });
    }
    meters.duration.record(result.durationMs / 1_000, { target, check });
    for (const [name, value] of Object.entries(result.measurements)) {
      measure(meters, { target, check }, name, value);
    }
  }
}

type Meters = ReturnType<typeof createMeters>;

// Made anew in each run: a workflow's meter belongs to its run.
function createMeters() {
  const gauge = (name: string, help: string, unit?: string) =>
    metricMeter.createGauge(name, 'float', unit, help);
  const histogram = (name: string, help: string) =>
    metricMeter.createHistogram(name, 'float', 'seconds', help);
  return {
    run: gauge(
      'purser_health_run_timestamp',
      'When the last health run of a target ended',
      'seconds',
    ),
    target: gauge('purser_target_verdict', 'Verdict of a target: 1 for the one that holds'),
    check: gauge('purser_check_verdict', 'Verdict of a check: 1 for the one that holds'),
    findings: gauge('purser_check_findings', 'Findings of the last run of a check, by weight'),
    duration: histogram('purser_check_duration', 'How long a check took'),
    probe: histogram(
      'purser_probe_duration',
      'How long the registry took for one stage of a check',
    ),
    certificate: gauge(
      'purser_certificate_remaining',
      'Until the certificate of an endpoint ends, as of the last run',
      'seconds',
    ),
  };
}

// A check names its measurements (src/domain/health/checks.ts): `push_ms` is a latency, and
// `route_certificate_days_left` a certificate's. What else there is stays in the archive.
function measure(
  meters: Meters,
  { target, check }: { readonly target: string; readonly check: string },
  name: string,
  value: number,
): void {
  const [, probe] = /^(\w+)_ms$/.exec(name) ?? [];
  if (probe !== undefined && value >= 0)
    meters.probe.record(value / 1_000, { target, check, probe });
  const certificate = /^(?:(\w+)_)?certificate_days_left$/.exec(name);
  if (certificate !== null) {
    meters.certificate.set(value * DAY_SECONDS, { target, endpoint: certificate[1] ?? check });
  }
}
