import { REGISTRY_NAMESPACE } from '../../../src/domain/registry-namespace.ts';
import { isInside, locateRoute } from '../../../src/openshift/registry-location.ts';
import { evaluateEndpoints, uncheckedService } from '../../../src/health/endpoint.ts';
import type {
  EndpointResult,
  ReachedEndpoint,
  EndpointFailure,
} from '../../../src/health/endpoint.ts';
import { note, unhealthy } from '../../../src/health/findings.ts';
import type { CheckFindings } from '../../../src/health/findings.ts';
import { RegistryFailure } from '../../../src/registry/failure.ts';
import type { Registry } from '../../../src/registry/registry.ts';
import { explainRemoved } from '../removed.ts';
import type { CheckContext } from '../check-context.ts';

/** The endpoints of the registry, service and route: name, TCP, TLS and `/healthz` of each. */
export async function checkEndpoint(
  context: CheckContext,
  _memory: unknown,
  signal: AbortSignal,
): Promise<CheckFindings> {
  const endpoints = await Promise.all([probeService(context, signal), probeRoute(context, signal)]);
  const { slowSeconds, certificateDays } = context.target.health.probe;
  return explainRemoved(context, evaluateEndpoints(endpoints, { slowSeconds, certificateDays }));
}

// From outside the cluster the service is checked through a pod, which has the same certificate.
async function probeService(context: CheckContext, signal: AbortSignal): Promise<EndpointResult> {
  if (isInside() || context.target.registry.reach === 'service') {
    return probeEndpoint('service', context.registryAt(await context.service()), signal);
  }
  const pod = (await context.pods()).find(({ isReady, isEnding }) => isReady && !isEnding);
  if (pod === undefined) return uncheckedService('no pod is ready to be asked in its place');
  const endpoint = await probeEndpoint('service', await context.replica(pod), signal);
  const failure = endpoint.failure ?? endpoint.healthz?.failure;
  return failure?.cause === 'probe'
    ? uncheckedService(`a port-forward failed: ${failure.text}`)
    : endpoint;
}

async function probeRoute(context: CheckContext, signal: AbortSignal): Promise<EndpointResult> {
  const [location, config] = await Promise.all([
    locateRoute(context.cluster, signal),
    context.config(),
  ]);
  if (location !== undefined) return probeEndpoint('route', context.registryAt(location), signal);
  if (config?.defaultRoute !== true) {
    return { name: 'route', absent: note('not-found', 'route: the registry has no default route') };
  }
  const text =
    'route: spec.defaultRoute asks for the default route, but no router has admitted one: clients outside the cluster have no access';
  const advice = `oc get route default-route -n ${REGISTRY_NAMESPACE} -o yaml`;
  return { name: 'route', absent: unhealthy('not-found', text, advice) };
}

async function probeEndpoint(
  name: ReachedEndpoint['name'],
  registry: Registry,
  signal: AbortSignal,
): Promise<ReachedEndpoint> {
  const { stages, tls, failure } = await registry.inspect(signal);
  const [own] = tls?.chain ?? [];
  const reached = {
    name,
    origin: registry.origin,
    stages,
    certificateDays: tls?.daysLeft,
    certificate: own === undefined ? undefined : `${own.subject}, by ${own.issuer}`,
    weakKey: tls?.weakKey,
  };
  if (failure !== undefined) return { ...reached, failure: failedOf(failure) };
  const began = performance.now();
  const healthz = await registry.healthz(signal).then(
    () => undefined,
    (error: unknown) => failedOf(error),
  );
  const durationMs = performance.now() - began;
  return {
    ...reached,
    healthz: healthz === undefined ? { durationMs } : { durationMs, failure: healthz },
  };
}

function failedOf(error: unknown): EndpointFailure {
  if (error instanceof RegistryFailure) return { cause: error.failureCause, text: error.message };
  throw error;
}
