import type { Metrics, Sample } from '../../src/registry/metrics-text.ts';

/** How often an operation of the registry ran, and how long it took. */
export interface OperationNumbers {
  readonly operation: string;
  readonly count: number;
  readonly seconds: number;
  /** The registry's own 0.99 quantile of its last ten minutes; absent if the operation did not run then. */
  readonly p99Seconds?: number;
}

export interface ErrorNumbers {
  /** Where: an operation of the storage, or the name of a registry that is pulled through. */
  readonly where: string;
  readonly code: string;
  readonly count: number;
}

/** The numbers that matter of one replica since it started, or of all together. */
export interface RegistryNumbers {
  /** Seconds; for all replicas together: that of the youngest. Absent if the registry does not report it. */
  readonly upSeconds?: number;
  /** By `2xx`, `3xx`, `4xx`, `5xx`; `401` is counted apart, because every login begins with one. */
  readonly requests: Readonly<Record<string, number>>;
  readonly inFlight: number;
  readonly operations: readonly OperationNumbers[];
  readonly storageErrors: readonly ErrorNumbers[];
  readonly pullThroughErrors: readonly ErrorNumbers[];
}

/**
 * Takes the numbers out of the registry's metrics (openshift-facts.md 2.2). `/healthz` and what the
 * limiter refused (429) are not among its requests.
 */
export function numbersOf({ samples }: Metrics, now: number): RegistryNumbers {
  const named = (name: string) => samples.filter((sample) => sample.name === name);
  const [started] = named('process_start_time_seconds');
  return {
    ...(started === undefined ? {} : { upSeconds: Math.max(0, now / 1_000 - started.value) }),
    requests: requestsOf(named('imageregistry_http_requests_total')),
    inFlight: sum(named('imageregistry_http_in_flight_requests')),
    operations: [
      ...operationsOf('imageregistry_request_duration_seconds', samples),
      ...operationsOf('imageregistry_storage_duration_seconds', samples),
    ],
    storageErrors: errorsOf(named('imageregistry_storage_errors_total'), 'operation'),
    pullThroughErrors: errorsOf(
      named('imageregistry_pullthrough_repository_errors_total'),
      'registry',
    ),
  };
}

/** All replicas together: counts add up, of quantiles the worst is taken. */
export function combine(all: readonly RegistryNumbers[]): RegistryNumbers {
  const ups = all.flatMap(({ upSeconds }) => upSeconds ?? []);
  const requests: Record<string, number> = {};
  for (const [kind, count] of all.flatMap((each) => Object.entries(each.requests))) {
    requests[kind] = (requests[kind] ?? 0) + count;
  }
  return {
    ...(ups.length === 0 ? {} : { upSeconds: Math.min(...ups) }),
    requests,
    inFlight: all.reduce((total, { inFlight }) => total + inFlight, 0),
    operations: mergeBy(
      all.flatMap(({ operations }) => operations),
      ({ operation }) => operation,
      (one, other) => ({
        operation: one.operation,
        count: one.count + other.count,
        seconds: one.seconds + other.seconds,
        ...worst(one.p99Seconds, other.p99Seconds),
      }),
    ),
    storageErrors: mergeErrors(all.flatMap(({ storageErrors }) => storageErrors)),
    pullThroughErrors: mergeErrors(all.flatMap(({ pullThroughErrors }) => pullThroughErrors)),
  };
}

function requestsOf(samples: readonly Sample[]): Readonly<Record<string, number>> {
  const requests: Record<string, number> = {};
  for (const { labels, value } of samples) {
    const { code = '' } = labels;
    const kind = code === '401' ? code : `${code.slice(0, 1)}xx`;
    requests[kind] = (requests[kind] ?? 0) + value;
  }
  return requests;
}

function operationsOf(family: string, samples: readonly Sample[]): readonly OperationNumbers[] {
  const by = Map.groupBy(
    samples.filter(({ name }) => name.startsWith(family)),
    ({ labels }) => labels['operation'] ?? '',
  );
  return [...by].map(([operation, own]) => {
    const p99 = own.find(({ name, labels }) => name === family && labels['quantile'] === '0.99');
    return {
      operation,
      count: sum(own.filter(({ name }) => name === `${family}_count`)),
      seconds: sum(own.filter(({ name }) => name === `${family}_sum`)),
      ...(p99 === undefined || Number.isNaN(p99.value) ? {} : { p99Seconds: p99.value }),
    };
  });
}

function errorsOf(samples: readonly Sample[], label: string): readonly ErrorNumbers[] {
  const errors = samples.map(({ labels, value }) => ({
    where: labels[label] ?? '',
    code: labels['code'] ?? '',
    count: value,
  }));
  return mergeErrors(errors);
}

function mergeErrors(errors: readonly ErrorNumbers[]): readonly ErrorNumbers[] {
  return mergeBy(
    errors,
    ({ where, code }) => `${where} ${code}`,
    (one, other) => ({ ...one, count: one.count + other.count }),
  );
}

function mergeBy<T>(
  all: readonly T[],
  key: (each: T) => string,
  add: (one: T, other: T) => T,
): readonly T[] {
  return [...Map.groupBy(all, key).values()].map((same) => same.reduce(add));
}

function worst(
  one: number | undefined,
  other: number | undefined,
): { readonly p99Seconds?: number } {
  const known = [one, other].filter((each) => each !== undefined);
  return known.length === 0 ? {} : { p99Seconds: Math.max(...known) };
}

function sum(samples: readonly Sample[]): number {
  return samples.reduce((total, { value }) => total + value, 0);
}
