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

/** Purser's own metrics; docs/metrics.md describes them. Only to a histogram's name the exporter adds the unit. */
const METERS: Readonly<Record<MeterName, Meter>> = {
  purser_health_run_timestamp_seconds: {
    kind: 'gauge',
    help: 'When the last health run of a target ended',
  },
  purser_target_verdict: {
    kind: 'gauge',
    help: 'Verdict of a target: 1 for the one that holds',
  },
  purser_check_verdict: { kind: 'gauge', help: 'Verdict of a check: 1 for the one that holds' },
  purser_check_findings: {
    kind: 'gauge',
    help: 'Findings of the last run of a check, by severity',
  },
  purser_certificate_remaining_seconds: {
    kind: 'gauge',
    help: 'Until the certificate of an endpoint ends, as of the last run',
  },
  purser_check_duration: {
    kind: 'histogram',
    help: 'How long a check took',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  },
  purser_probe_duration: {
    kind: 'histogram',
    help: 'How long the registry took for one stage of a check',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  purser_onboardings_total: { kind: 'counter', help: 'Ended onboardings by outcome' },
  purser_onboarding_duration: {
    kind: 'histogram',
    help: 'How long onboardings took, waiting for people included',
    // A newcomer's may wait for days until they log in.
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
    help: 'Undos of failed onboardings by result; overdue each time that one has to be tried further',
  },
  purser_sweep_run_timestamp_seconds: {
    kind: 'gauge',
    help: 'When the last sweep of a target ended',
  },
  purser_sweep_findings: {
    kind: 'gauge',
    help: 'What the last sweep found of things that ended runs have left, by kind and what it did',
  },
  purser_failures_total: {
    kind: 'counter',
    help: 'Onboardings and revocations that were refused or failed, by the type of the failure',
  },
  purser_notifications_total: {
    kind: 'counter',
    help: 'Attempts to tell a notifier of an alert, by what came of them',
  },
  purser_notifications_given_up_total: {
    kind: 'counter',
    help: 'Alerts that a notifier was never told, however long it was tried',
  },
};

/**
 * Adds to a counter, sets a gauge or records in a histogram. Not by the meters that Temporal gives to
 * workflows and activities: those add labels of their own, of which `namespace` is Kubernetes's, too.
 */
export function meter(name: MeterName, value: number, labels: Labels): void {
  const described = METERS[name];
  // Not kept: the runtime goes with the last worker, and the next one has another.
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

/** How workflows meter: once for each thing that happens, and not again when they are replayed. */
export const METER_SINKS: InjectedSinks<MeterSinks> = {
  purser: {
    meter: {
      fn: (_info, name, value, labels) => meter(name, value, labels),
      callDuringReplay: false,
    },
  },
};

/** What the exporter is told of the histograms: it knows one set of bounds for all, by default. */
export function buckets(): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(METERS).flatMap(([name, each]) =>
      each.kind === 'histogram' ? [[name, [...each.buckets]]] : [],
    ),
  );
}
