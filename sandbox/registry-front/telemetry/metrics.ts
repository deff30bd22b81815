import { performance } from 'node:perf_hooks';
import {
  createCounter,
  createGauge,
  createHistogram,
  createSummary,
  expose,
} from './exposition.ts';
import type { Family } from './exposition.ts';
import { runtimeFamilies } from './runtime.ts';

/** The front's metrics, under the names of openshift-facts.md 2.2. Seconds and bytes. */
export interface Metrics {
  readonly started: () => void;
  readonly finished: (request: {
    readonly code: number;
    readonly method: string;
    readonly seconds: number;
    readonly requestBytes: number;
    readonly responseBytes: number;
  }) => void;
  /** An operation of the registry's services, such as `ManifestService.Get`. */
  readonly operation: (operation: string, seconds: number) => void;
  readonly storage: (operation: string, seconds: number) => void;
  /** For a request to distribution's cache of blob descriptors. */
  readonly cacheAsked: (found: 'Hit' | 'Miss') => void;
  readonly storageError: (operation: string, code: string) => void;
  readonly digestSeen: (scope: string, digest: string) => void;
  readonly pulledThrough: (type: 'Hit' | 'Miss') => void;
  readonly text: () => string;
}

const MAX_DIGESTS = 10_000;
/** The operations of distribution's own histogram; a Reader or Writer is not timed. */
const TIMED = new Set(['Delete', 'GetContent', 'List', 'Move', 'PutContent', 'Stat', 'URLFor']);
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createMetrics(version: string): Metrics {
  const families = createFamilies();
  const digests = new Set<string>();
  const seen = (key: string): 'Hit' | 'Miss' => {
    if (digests.has(key)) {
      return 'Hit';
    }
    if (digests.size > MAX_DIGESTS) {
      digests.clear();
    }
    digests.add(key);
    return 'Miss';
  };
  let inFlight = 0;
  const all: readonly Family[] = [
    ...Object.values(families),
    ...runtimeFamilies(),
    buildInfo(version),
    createGauge(
      'imageregistry_http_in_flight_requests',
      'A gauge of requests currently being served by the registry.',
      () => inFlight,
    ),
  ];
  return {
    started: () => {
      inFlight += 1;
    },
    finished: ({ code, method, seconds, requestBytes, responseBytes }) => {
      inFlight -= 1;
      const lower = method.toLowerCase();
      families.requests.add({ code: String(code), method: lower });
      families.durations.observe({ method: lower }, seconds);
      families.requestSizes.observe({}, requestBytes);
      families.responseSizes.observe({}, responseBytes);
    },
    operation: (operation, seconds) => families.operations.observe({ operation }, seconds),
    storage: (operation, seconds) => {
      families.storage.observe({ operation }, seconds);
      const [, action = ''] = operation.split('StorageDriver.');
      if (TIMED.has(action)) {
        families.actions.observe({ action, driver: 'filesystem' }, seconds);
      }
    },
    cacheAsked: (found) => {
      families.cache.add({ type: 'Request' });
      families.cache.add({ type: found });
    },
    storageError: (operation, code) => families.storageErrors.add({ operation, code }),
    digestSeen: (scope, digest) => {
      families.digestCache.add({ type: seen(digest) });
      families.scopedDigestCache.add({ type: seen(`${scope}@${digest}`) });
    },
    pulledThrough: (type) => {
      families.pullthrough.add({ type: 'Hit' }, type === 'Hit' ? 1 : 0);
      families.pullthrough.add({ type: 'Miss' }, type === 'Miss' ? 1 : 0);
    },
    text: () => expose(all),
  };
}

// Names and help texts are the recorded registry's, word for word, "histogram" included.
function createFamilies() {
  return {
    actions: createHistogram(
      'registry_storage_action_seconds',
      'The number of seconds that the storage action takes',
      SECONDS,
    ),
    cache: createCounter('registry_storage_cache_total', 'The number of cache request received'),
    digestCache: createCounter(
      'imageregistry_digest_cache_requests_total',
      'Total number of requests without scope to the digest cache.',
    ),
    scopedDigestCache: createCounter(
      'imageregistry_digest_cache_scoped_requests_total',
      'Total number of scoped requests to the digest cache.',
    ),
    durations: createSummary(
      'imageregistry_http_request_duration_seconds',
      'A histogram of latencies for requests to the registry.',
    ),
    requestSizes: createSummary(
      'imageregistry_http_request_size_bytes',
      'A histogram of sizes of requests to the registry.',
    ),
    requests: createCounter(
      'imageregistry_http_requests_total',
      'A counter for requests to the registry.',
    ),
    responseSizes: createSummary(
      'imageregistry_http_response_size_bytes',
      'A histogram of response sizes for requests to the registry.',
    ),
    pullthrough: createCounter(
      'imageregistry_pullthrough_blobstore_cache_requests_total',
      'Total number of requests to the BlobStore cache.',
    ),
    operations: createSummary(
      'imageregistry_request_duration_seconds',
      'Request latency in seconds for each operation.',
    ),
    storage: createSummary(
      'imageregistry_storage_duration_seconds',
      'Latency of operations with the storage.',
    ),
    storageErrors: createCounter(
      'imageregistry_storage_errors_total',
      'Cumulative number of failed operations with the storage.',
    ),
  };
}

function buildInfo(version: string): Family {
  const [major = '', minor = ''] = version.split('.');
  const labels = `gitCommit="",gitVersion="${version}",major="${major}",minor="${minor}"`;
  return {
    name: 'imageregistry_build_info',
    help: "A metric with a constant '1' value labeled by major, minor, git commit & git version from which the image registry was built.",
    type: 'gauge',
    lines: () => [`imageregistry_build_info{${labels}} 1`],
  };
}

/** Runs it and records its seconds as an operation, also if it fails. */
export async function timed<T>(
  metrics: Metrics,
  operation: string,
  run: () => Promise<T>,
): Promise<T> {
  const start = performance.now();
  try {
    return await run();
  } finally {
    metrics.operation(operation, (performance.now() - start) / 1000);
  }
}
