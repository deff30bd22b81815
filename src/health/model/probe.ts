/** How the health checks look at a registry: `health.probe` of purser.yaml. */
export interface ProbeSettings {
  /** Where the write path is tried: a namespace of Purser's own (deploy/rbac/option-health.yaml). */
  readonly namespace: string;
  /** The service account there whose token is taken where Purser itself has none (a client certificate). */
  readonly account: string;
  /** How long the registry may take for one answer. */
  readonly answerWithinSeconds: number;
  /** The pause before a first failure is tried again, twice, within the run. */
  readonly retryAfterSeconds: number;
  /** An answer that takes longer is too slow. */
  readonly slowSeconds: number;
  /** A certificate with fewer days left is a finding. */
  readonly certificateDays: number;
}

/** What is too much in the registry's own metrics, of one replica since the last read: `health.rules`. */
export interface MetricRules {
  /** The share of 5xx among the requests, 401s left out: from which on it is degraded, and unhealthy. */
  readonly serverErrorShare: number;
  readonly serverErrorShareUnhealthy: number;
  /** Fewer requests than this have no share. */
  readonly fewestRequests: number;
  /** The mean time of an operation on manifests, tags and blob descriptors. */
  readonly operationSeconds: number;
  /** Storage errors, those left out that belong to normal work. Full or read-only storage counts from the first. */
  readonly storageErrors: number;
  readonly requestsInFlight: number;
  readonly pullThroughErrors: number;
}

export const DEFAULT_PROBE: ProbeSettings = {
  namespace: 'purser-probe',
  account: 'purser-probe',
  answerWithinSeconds: 10,
  retryAfterSeconds: 10,
  slowSeconds: 5,
  certificateDays: 14,
};

export const DEFAULT_RULES: MetricRules = {
  serverErrorShare: 0.05,
  serverErrorShareUnhealthy: 0.5,
  fewestRequests: 20,
  operationSeconds: 5,
  storageErrors: 5,
  requestsInFlight: 200,
  pullThroughErrors: 20,
};

/** How the streams are called that a health check pushes to, in the probe's own namespace. */
export const PROBE_CANARY = 'purser-canary-';
/** The stream that stays there, so that there is something to read when nothing can be written. */
export const PROBE_KEPT = 'purser-reading';

/** Whether a stream of the probe's namespace is one that health checks make. */
export function isProbeStream(name: string): boolean {
  return name === PROBE_KEPT || name.startsWith(PROBE_CANARY);
}
