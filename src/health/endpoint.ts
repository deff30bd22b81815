import { REGISTRY_NAMESPACE } from '../domain/registry-namespace.ts';
import type { Cause } from '../domain/cause.ts';
import type { Finding } from '../domain/finding.ts';
import type { ProbeSettings } from './model/probe.ts';
import { notChecked, degraded, note, unhealthy } from './findings.ts';
import type { CheckFindings } from './findings.ts';

/** Why something at an endpoint did not work. */
export interface EndpointFailure {
  readonly cause: Cause;
  readonly text: string;
}

/** One door to the registry, and how far one gets there. */
export interface ReachedEndpoint {
  readonly name: 'service' | 'route';
  /** `https://host[:port]`. */
  readonly origin: string;
  readonly stages: readonly {
    readonly stage: string;
    readonly ok: boolean;
    readonly durationMs: number;
  }[];
  readonly certificateDays: number | undefined;
  /** The certificate's own names, for the reader. */
  readonly certificate: string | undefined;
  /** A key of its chain that is short, in words. */
  readonly weakKey?: string | undefined;
  /** Name, TCP and TLS. */
  readonly failure?: EndpointFailure;
  /** `/healthz`; absent where it was not asked. */
  readonly healthz?: { readonly durationMs: number; readonly failure?: EndpointFailure };
}

/** Doors: `absent` says why there is none, and whether there should be. */
export type EndpointResult =
  ReachedEndpoint | { readonly name: ReachedEndpoint['name']; readonly absent: Finding };

type EndpointLimits = Pick<ProbeSettings, 'slowSeconds' | 'certificateDays'>;

/** The service's and the route's state, apart: they have two certificates of two authorities. */
export function evaluateEndpoints(
  endpoints: readonly EndpointResult[],
  limits: EndpointLimits,
): CheckFindings {
  const reached = endpoints.filter((endpoint) => 'origin' in endpoint);
  return {
    findings: endpoints.flatMap((endpoint) =>
      'absent' in endpoint ? [endpoint.absent] : evaluateEndpoint(endpoint, limits),
    ),
    measurements: Object.fromEntries(reached.flatMap(measurementsOf)),
    table: {
      columns: ['door', 'at', 'reached', 'certificate', 'days left'],
      rows: endpoints.map((endpoint) =>
        'absent' in endpoint ? [endpoint.name, '', 'no', '', ''] : rowOf(endpoint),
      ),
    },
  };
}

function evaluateEndpoint(endpoint: ReachedEndpoint, limits: EndpointLimits): readonly Finding[] {
  const { name, failure, healthz } = endpoint;
  if (failure !== undefined) return [evaluateFailure(name, failure)];
  return [
    ...evaluateCertificate(endpoint, limits),
    ...(healthz?.failure === undefined ? [] : [evaluateFailure(name, healthz.failure)]),
    ...evaluateSpeed(endpoint, limits),
  ];
}

function evaluateFailure(name: ReachedEndpoint['name'], { cause, text }: EndpointFailure): Finding {
  const words = `${name}: ${text}`;
  if (cause === 'probe') return notChecked(words);
  if (cause === 'rate-limited') return degraded(cause, words);
  return unhealthy(cause, words);
}

function evaluateCertificate(
  endpoint: ReachedEndpoint,
  limits: EndpointLimits,
): readonly Finding[] {
  return [...evaluateKey(endpoint), ...evaluateDays(endpoint, limits)];
}

// Go's clients take it, which pull and push: nothing is broken, and some other client is.
function evaluateKey({ name, origin, weakKey }: ReachedEndpoint): readonly Finding[] {
  if (weakKey === undefined) return [];
  const text = `${name}: the certificate of ${origin}: ${weakKey}, which newer OpenSSL does not take`;
  return [note('tls', text)];
}

function evaluateDays(
  { name, origin, certificateDays: left, certificate = '' }: ReachedEndpoint,
  limits: EndpointLimits,
): readonly Finding[] {
  if (left === undefined || left >= limits.certificateDays) return [];
  const advice =
    name === 'service'
      ? 'service-ca renews it: look at the pods of openshift-service-ca'
      : "it is the ingress certificate, or the route's own: have it renewed";
  const text = `${name}: the certificate of ${origin} ends in ${left} days (${certificate})`;
  return [degraded('tls', text, advice)];
}

function evaluateSpeed(
  { name, healthz, stages }: ReachedEndpoint,
  limits: EndpointLimits,
): readonly Finding[] {
  const limitMs = limits.slowSeconds * 1_000;
  const timed = [
    ...stages.map(({ stage, durationMs }) => [stage, durationMs] as const),
    ...(healthz === undefined ? [] : [['/healthz', healthz.durationMs] as const]),
  ];
  return timed
    .filter(([, ms]) => ms > limitMs)
    .map(([what, ms]) => {
      const text = `${name}: ${what} took ${(ms / 1_000).toFixed(1)} s, more than ${limits.slowSeconds} s`;
      return degraded('slow', text, `oc adm top pods -n ${REGISTRY_NAMESPACE}`);
    });
}

function measurementsOf(endpoint: ReachedEndpoint): readonly (readonly [string, number])[] {
  const { name, stages, healthz, certificateDays } = endpoint;
  return [
    ...stages.map(
      ({ stage, durationMs }) => [`${name}_${stage}_ms`, Math.round(durationMs)] as const,
    ),
    ...(healthz === undefined
      ? []
      : [[`${name}_healthz_ms`, Math.round(healthz.durationMs)] as const]),
    ...(certificateDays === undefined
      ? []
      : [[`${name}_certificate_days_left`, certificateDays] as const]),
  ];
}

function rowOf({
  name,
  origin,
  failure,
  healthz,
  certificate,
  certificateDays,
}: ReachedEndpoint): string[] {
  const failed = failure ?? healthz?.failure;
  return [
    name,
    origin,
    failed === undefined ? 'yes' : `no (${failed.cause})`,
    certificate ?? '',
    certificateDays === undefined ? '' : String(certificateDays),
  ];
}

/** The service where it cannot be looked at from outside the cluster: its name is no fault. */
export function uncheckedService(why: string): EndpointResult {
  const text = `service: not looked at, because its name resolves only inside the cluster and ${why}`;
  return { name: 'service', absent: note('dns', text) };
}
