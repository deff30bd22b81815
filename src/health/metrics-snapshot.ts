import { z } from 'zod';

/** One line of the registry's metrics. */
interface SnapshotSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

// The operations whose time does not depend on the size of what somebody pulls or pushes.
export const OPERATIONS = {
  manifest_get: 'ManifestService.Get',
  manifest_put: 'ManifestService.Put',
  tag_get: 'TagService.Get',
  blob_stat: 'BlobStore.Stat',
} as const;
export type Operation = keyof typeof OPERATIONS;

const count = z.number();

/**
 * What counts in one replica's metrics, and is kept until the next read: totals since `startedAt`
 * (seconds since 1970). Each replica counts by itself (openshift-facts.md 2.1).
 */
export const snapshotSchema = z.object({
  startedAt: count,
  /** Without the 401s: each login and each pull begins with some (openshift-facts.md 2.2). */
  requests: count,
  serverErrors: count,
  /** Of the pull-through, where an image is fetched from elsewhere. */
  pullThroughErrors: count,
  /** By code, without those of normal work. */
  storageErrors: z.record(z.string(), count),
  /** By operation: how often, and for how many seconds in all. */
  operations: z.partialRecord(
    z.enum(['manifest_get', 'manifest_put', 'tag_get', 'blob_stat']),
    z.tuple([count, count]),
  ),
});
export type Snapshot = Readonly<z.infer<typeof snapshotSchema>>;

/** A read of one replica: its totals, and what it is doing now. */
export interface MetricsReading {
  readonly totals: Snapshot;
  readonly inFlight: number;
}

export function readSnapshot(samples: readonly SnapshotSample[]): MetricsReading {
  const sum = (
    name: string,
    wanted: (labels: SnapshotSample['labels']) => boolean = () => true,
  ): number =>
    samples
      .filter((each) => each.name === name && wanted(each.labels) && Number.isFinite(each.value))
      .reduce((total, { value }) => total + value, 0);
  const requests = 'imageregistry_http_requests_total';
  return {
    inFlight: sum('imageregistry_http_in_flight_requests'),
    totals: {
      startedAt: sum('process_start_time_seconds'),
      requests: sum(requests, ({ code }) => code !== '401'),
      serverErrors: sum(requests, ({ code = '' }) => code.startsWith('5')),
      pullThroughErrors: sum('imageregistry_pullthrough_repository_errors_total'),
      storageErrors: storageErrorsOf(samples),
      operations: Object.fromEntries(
        Object.entries(OPERATIONS).map(([key, operation]) => {
          const isOperation = (labels: SnapshotSample['labels']) =>
            labels['operation'] === operation;
          const name = 'imageregistry_request_duration_seconds';
          return [key, [sum(`${name}_count`, isOperation), round(sum(`${name}_sum`, isOperation))]];
        }),
      ),
    },
  };
}

function storageErrorsOf(samples: readonly SnapshotSample[]): Readonly<Record<string, number>> {
  const found = new Map<string, number>();
  for (const { name, labels, value } of samples) {
    const { code = '', operation = '' } = labels;
    if (name !== 'imageregistry_storage_errors_total' || isNormal(code, operation)) continue;
    found.set(code, (found.get(code) ?? 0) + value);
  }
  return Object.fromEntries(found);
}

/**
 * What grows in normal work: looking for what is not there yet, asking a file system for a URL, and
 * closing a file that is closed (openshift-facts.md 2.2).
 */
function isNormal(code: string, operation: string): boolean {
  return (
    code === 'PATH_NOT_FOUND' ||
    (code === 'UNSUPPORTED_METHOD' && operation === 'StorageDriver.URLFor') ||
    (code === 'UNKNOWN' && operation === 'FileWriter.Close')
  );
}

function round(seconds: number): number {
  return Math.round(seconds * 1_000) / 1_000;
}

/**
 * What was added since the last read. A counter that is lower than it was, or another start of the
 * process, means that the replica began anew: all that it counts now is news.
 */
export function increaseSince(before: Snapshot, now: Snapshot): Snapshot {
  const hasRestarted =
    before.startedAt !== now.startedAt ||
    now.requests < before.requests ||
    now.serverErrors < before.serverErrors;
  if (hasRestarted) return now;
  return {
    startedAt: now.startedAt,
    requests: now.requests - before.requests,
    serverErrors: now.serverErrors - before.serverErrors,
    pullThroughErrors: increase(before.pullThroughErrors, now.pullThroughErrors),
    storageErrors: Object.fromEntries(
      Object.entries(now.storageErrors).map(([code, value]) => [
        code,
        increase(before.storageErrors[code] ?? 0, value),
      ]),
    ),
    operations: Object.fromEntries(
      Object.entries(now.operations).map(([operation, value]) => {
        const key = operation as Operation;
        const [times, seconds] = value;
        const [timesBefore, secondsBefore] = before.operations[key] ?? [0, 0];
        return [key, [increase(timesBefore, times), round(increase(secondsBefore, seconds))]];
      }),
    ),
  };
}

function increase(before: number, now: number): number {
  return now < before ? now : now - before;
}
