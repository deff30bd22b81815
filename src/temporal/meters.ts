import { Runtime } from '@temporalio/worker';
import type { InjectedSinks } from '@temporalio/worker';
import type { Labels, MeterName, MeterSinks } from '../../workflows/contract.ts';

type Meter =
  | { readonly kind: 'counter'; readonly help: string }
  | { readonly kind: 'gauge'; readonly help: string }
  | {
      readonly kind: 'histogram';
      readonly help: string;
      /** Upper bounds in seconds. */
      readonly buckets: readonly number[];
    };

/** Purser's own metrics; docs/metrics.md describes them. The exporter adds the unit to the names of histograms only. */
const METERS: Readonly<Record<MeterName, Meter>> = {
  purser_health_run_timestamp_seconds: {
    kind: 'gauge',
    help: 'When the last health run of a target ended',
  },
  purser_target_verdict: {
    kind: 'gauge',
    help: 'Verdict of a target: 1 for the current one, 0 for the others',
  },
  purser_check_verdict: {
    kind: 'gauge',
    help: 'Verdict of a check: 1 for the current one, 0 for the others',
  },
  purser_check_findings: {
    kind: 'gauge',
    help: 'Findings of the last run of a check, by severity',
  },
  purser_certificate_remaining_seconds: {
    kind: 'gauge',
    help: 'Time until the certificate of an endpoint expires, as of the last run',
  },
  purser_check_duration: {
    kind: 'histogram',
    help: 'How long a check took',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  },
  purser_probe_duration: {
    kind: 'histogram',
    help: 'How long the registry took for one step of a check',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  purser_onboardings_total: { kind: 'counter', help: 'Ended onboardings by outcome' },
  purser_onboarding_duration: {
    kind: 'histogram',
    help: 'How long onboardings took, waiting for people included',
    // An onboarding may wait for days for a first login.
    buckets: [1, 2.5, 5, 10, 30, 60, 600, 3_600, 86_400, 604_800],
  },
  purser_revocations_total: { kind: 'counter', help: 'Ended revocations by outcome' },
  purser_revocation_duration: {
    kind: 'histogram',
    help: 'How long revocations took',
    buckets: [1, 2.5, 5, 10, 30, 60, 600],
  },
  purser_undos_total: {
    kind: 'counter',
    help: 'Undos of failed onboardings by result; overdue: a round of an undo failed, and the next one follows',
  },
  purser_sweep_run_timestamp_seconds: {
    kind: 'gauge',
    help: 'When the last sweep of a target ended',
  },
  purser_sweep_findings: {
    kind: 'gauge',
    help: 'Things of ended runs that the last sweep found, by kind and action',
  },
  purser_failures_total: {
    kind: 'counter',
    help: 'Onboardings and revocations that were refused or failed, by the type of the failure',
  },
  purser_notifications_total: {
    kind: 'counter',
    help: 'Attempts to deliver an alert to a notifier, by result',
  },
  purser_notifications_given_up_total: {
    kind: 'counter',
    help: 'Alerts that were not delivered to a notifier: all attempts failed',
  },
};

/**
 * Adds to a counter, sets a gauge or records in a histogram. It does not use the meters that Temporal gives to
 * workflows and activities: those add labels of their own, and Kubernetes uses the label `namespace`, too.
 */
export function meter(name: MeterName, value: number, labels: Labels): void {
  const described = METERS[name];
  // Not cached: the runtime ends with the last worker, and the next worker has another.
  const { metricMeter } = Runtime.instance();
  switch (described.kind) {
    case 'counter':
      metricMeter.createCounter(name, undefined, described.help).add(value, labels);
      return;
    case 'gauge':
      metricMeter.createGauge(name, 'float', undefined, described.help).set(value, labels);
      return;
    case 'histogram':
      metricMeter.createHistogram(name, 'float', 'seconds', described.help).record(value, labels);
  }
}

/** The sinks by which workflows record metrics. A replay does not record again. */
export const METER_SINKS: InjectedSinks<MeterSinks> = {
  purser: {
    meter: {
      fn: (_info, name, value, labels) => meter(name, value, labels),
      callDuringReplay: false,
    },
  },
};

/** The buckets of each histogram, for the exporter: by default it uses the same for all. */
export function buckets(): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(METERS).flatMap(([name, each]) =>
      each.kind === 'histogram' ? [[name, [...each.buckets]]] : [],
    ),
  );
}
