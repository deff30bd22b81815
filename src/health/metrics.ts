import { z } from 'zod';
import { REGISTRY_NAMESPACE } from '../domain/registry-namespace.ts';
import type { Finding } from '../domain/finding.ts';
import type { MetricRules } from './model/probe.ts';
import { notChecked, degraded, note, unhealthy } from './findings.ts';
import type { CheckFindings } from './findings.ts';
import { increaseSince, snapshotSchema } from './metrics-snapshot.ts';
import type { Operation, MetricsReading, Snapshot } from './metrics-snapshot.ts';

/** What came of reading one replica. */
export type Replica = { readonly pod: string } & (
  { readonly reading: MetricsReading } | { readonly failure: Finding }
);

// The memory of all checks has 4 KB: about 200 bytes each.
const MAX_REMEMBERED = 5;
const memorySchema = z.record(z.string(), snapshotSchema);

interface ReplicaDelta {
  readonly pod: string;
  readonly inFlight: number;
  /** Undefined: it was not read before, so nothing can be said of what is new. */
  readonly added: Snapshot | undefined;
}

/**
 * What happened since the last read, of each replica apart: a sick one would hide behind the others.
 * `memory` is what this gave for the last run, by pod. The first read of all is a beginning; a replica
 * that is new since the last one began at nothing, so that all it counts is news.
 */
export function evaluateMetrics(
  replicas: readonly Replica[],
  memory: unknown,
  rules: MetricRules,
): CheckFindings {
  const before = memorySchema.safeParse(memory).data;
  const read = replicas.filter((each) => 'reading' in each);
  const deltas = read.map(({ pod, reading }): ReplicaDelta => {
    const { totals, inFlight } = reading;
    const known = before?.[pod];
    const added =
      known === undefined
        ? before === undefined
          ? undefined
          : totals
        : increaseSince(known, totals);
    return { pod, inFlight, added };
  });
  return {
    findings: [
      ...replicas.flatMap((each) => ('failure' in each ? [each.failure] : [])),
      ...(replicas.length === 0 ? [notChecked('no replica is ready to be read')] : []),
      ...deltas.flatMap((each) => evaluateReplica(each, rules)),
    ],
    measurements: measurementsOf(deltas),
    memory: {
      ...(before === undefined ? {} : keepUnread(before, replicas)),
      ...Object.fromEntries(
        read.slice(0, MAX_REMEMBERED).map(({ pod, reading }) => [pod, reading.totals]),
      ),
    },
    table: tableOf(deltas),
  };
}

// A replica that is there and could not be read is read on from where it was.
function keepUnread(
  before: Readonly<Record<string, Snapshot>>,
  replicas: readonly Replica[],
): Readonly<Record<string, Snapshot>> {
  const unread = replicas.flatMap((each) => ('failure' in each ? [each.pod] : []));
  return Object.fromEntries(Object.entries(before).filter(([pod]) => unread.includes(pod)));
}

function evaluateReplica(
  { pod, inFlight, added }: ReplicaDelta,
  rules: MetricRules,
): readonly Finding[] {
  const inFlightFindings =
    inFlight < rules.requestsInFlight
      ? []
      : [
          degraded(
            'slow',
            `${pod} has ${inFlight} requests in flight (health.rules.requestsInFlight is ${rules.requestsInFlight})`,
            'see spec.requests and spec.replicas of configs.imageregistry/cluster',
          ),
        ];
  if (added === undefined) return inFlightFindings;
  return [
    ...inFlightFindings,
    ...evaluateErrors(pod, added, rules),
    ...evaluateStorage(pod, added, rules),
    ...evaluateLatency(pod, added, rules),
    ...evaluatePullThrough(pod, added, rules),
  ];
}

function evaluateErrors(pod: string, added: Snapshot, rules: MetricRules): readonly Finding[] {
  const { requests, serverErrors } = added;
  if (requests < rules.fewestRequests || serverErrors === 0) return [];
  const share = serverErrors / requests;
  if (share < rules.serverErrorShare) return [];
  const rate = share < rules.serverErrorShareUnhealthy ? degraded : unhealthy;
  const text = `${pod} answered ${serverErrors} of ${requests} requests with 5xx since the last check (${percent(share)})`;
  return [rate('server-error', text, `oc logs -n ${REGISTRY_NAMESPACE} ${pod} | grep level=error`)];
}

// The two that OpenShift's own alerts are about, after ten minutes (openshift-facts.md 6).
const OUTAGES: Readonly<Record<string, string>> = {
  DEVICE_OUT_OF_SPACE: 'the storage is full',
  READ_ONLY_FILESYSTEM: 'the storage is read-only',
};

function evaluateStorage(pod: string, added: Snapshot, rules: MetricRules): readonly Finding[] {
  return Object.entries(added.storageErrors).flatMap(([code, count]): readonly Finding[] => {
    if (count === 0) return [];
    const outage = OUTAGES[code];
    const times = count === 1 ? 'once' : `${count} times`;
    if (outage !== undefined) {
      const text = `${outage}: ${pod} met ${code} ${times} since the last check`;
      return [unhealthy('storage', text, 'give it space, or prune (oc adm prune images)')];
    }
    const text = `${pod} met the storage error ${code} ${times} since the last check`;
    return count < rules.storageErrors ? [note('storage', text)] : [degraded('storage', text)];
  });
}

function evaluateLatency(pod: string, added: Snapshot, rules: MetricRules): readonly Finding[] {
  return meansOf([added]).flatMap(([operation, seconds]) =>
    seconds < rules.operationSeconds
      ? []
      : [
          degraded(
            'slow',
            `${pod}: ${operation.replace('_', ' ')} took ${seconds.toFixed(1)} s on average since the last check (health.rules.operationSeconds is ${rules.operationSeconds})`,
            'look at the storage behind the registry',
          ),
        ],
  );
}

function evaluatePullThrough(pod: string, added: Snapshot, rules: MetricRules): readonly Finding[] {
  const { pullThroughErrors: count } = added;
  if (count === 0) return [];
  const text = `${pod} failed ${count} times to fetch an image from elsewhere since the last check`;
  return count < rules.pullThroughErrors
    ? [note('server-error', text)]
    : [
        degraded(
          'server-error',
          text,
          'look at the other registry, its pull secret and its mirrors',
        ),
      ];
}

/** The mean time of each operation that happened, in seconds. */
function meansOf(all: readonly Snapshot[]): readonly (readonly [Operation, number])[] {
  const sums = new Map<Operation, readonly [number, number]>();
  for (const { operations } of all) {
    for (const [key, [times, seconds]] of Object.entries(operations)) {
      const [t, s] = sums.get(key as Operation) ?? [0, 0];
      sums.set(key as Operation, [t + times, s + seconds]);
    }
  }
  return [...sums].flatMap(([operation, [times, seconds]]) =>
    times === 0 ? [] : [[operation, seconds / times] as const],
  );
}

function measurementsOf(deltas: readonly ReplicaDelta[]): Readonly<Record<string, number>> {
  const added = deltas.flatMap((each) => each.added ?? []);
  const sum = (of: (each: Snapshot) => number) =>
    added.reduce((total, each) => total + of(each), 0);
  const requests = sum((each) => each.requests);
  const inFlight = deltas.reduce((total, each) => total + each.inFlight, 0);
  if (added.length === 0) return { replicas_read: deltas.length, in_flight: inFlight };
  return {
    replicas_read: deltas.length,
    in_flight: inFlight,
    requests,
    server_errors: sum((each) => each.serverErrors),
    ...(requests === 0 ? {} : { server_error_share: sum((each) => each.serverErrors) / requests }),
    storage_errors: sum(({ storageErrors }) =>
      Object.values(storageErrors).reduce((total, count) => total + count, 0),
    ),
    pull_through_errors: sum((each) => each.pullThroughErrors),
    ...Object.fromEntries(
      meansOf(added).map(([operation, seconds]) => [
        `${operation}_ms`,
        Math.round(seconds * 1_000),
      ]),
    ),
  };
}

function tableOf(deltas: readonly ReplicaDelta[]): NonNullable<CheckFindings['table']> {
  return {
    columns: ['replica', 'requests', '5xx', 'storage errors', 'in flight'],
    rows: deltas.map(({ pod, inFlight, added }) => [
      pod,
      added === undefined ? 'first read' : String(added.requests),
      added === undefined ? '' : String(added.serverErrors),
      added === undefined ? '' : errorWords(added),
      String(inFlight),
    ]),
  };
}

function errorWords({ storageErrors }: Snapshot): string {
  const found = Object.entries(storageErrors).filter(([, count]) => count > 0);
  return found.map(([code, count]) => `${code} ${count}`).join(', ');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}
