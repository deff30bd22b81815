import type { Duplex } from 'node:stream';
import { z } from 'zod';
import { REGISTRY_NAMESPACE } from '../domain/registry-namespace.ts';
import { PurserError } from '../domain/errors.ts';
import { path } from '../kubernetes/api/cluster.ts';
import type { Cluster } from '../kubernetes/api/cluster.ts';
import { ClusterFailure } from '../kubernetes/api/failure.ts';
import { metadataSchema } from '../kubernetes/api/objects.ts';
import { openPortForward } from '../kubernetes/port-forward.ts';

/** The registry's names inside a cluster (openshift-facts.md 5.1). */
const SERVICE_ORIGIN = `https://image-registry.${REGISTRY_NAMESPACE}.svc:5000`;
const PORT = 5000;

/** How to reach the registry: by the service's name, the default route, or through the API. */
export type Reach = 'auto' | 'service' | 'route' | 'port-forward';

export interface RegistryLocation {
  readonly way: Exclude<Reach, 'auto'>;
  /** `https://host[:port]`: what TLS is checked against. */
  readonly origin: string;
  /** The PEM bundle of its CA, if the cluster publishes one. */
  readonly ca: string | undefined;
  /** Opens a byte stream to it; absent if the name is simply resolved. */
  readonly open?: (signal: AbortSignal) => Promise<Duplex>;
  /** The address of a pod that is connected to directly. */
  readonly at?: { readonly host: string; readonly port: number };
}

/**
 * Finds the registry of a cluster. `auto` uses the service inside the cluster, else the route, else a
 * port-forward. Throws `NotConfigured` with the reason if there is no registry that way.
 */
export async function locateRegistry(
  cluster: Cluster,
  reach: Reach,
  signal?: AbortSignal,
): Promise<RegistryLocation> {
  if (reach === 'service' || (reach === 'auto' && isInside())) {
    return locateService(cluster, signal);
  }
  if (reach === 'port-forward') return locateReadyPod(cluster, signal);
  const route = await locateRoute(cluster, signal);
  if (route !== undefined) return route;
  if (reach === 'auto') return locateReadyPod(cluster, signal);
  throw new PurserError(
    'NotConfigured',
    `the registry has no default route: ${await whyAbsent(cluster, 'set spec.defaultRoute of configs.imageregistry.operator.openshift.io/cluster to true, or "registry.reach: port-forward"', signal)}`,
  );
}

/** Whether Purser runs in a pod, which resolves the service's name and reaches pods' addresses. */
export function isInside(): boolean {
  return process.env['KUBERNETES_SERVICE_HOST'] !== undefined;
}

/** One replica under the service's name, so that TLS is checked: by its address inside, else by port-forward. */
export function podLocation(
  cluster: Cluster,
  service: RegistryLocation,
  { name, address }: { readonly name: string; readonly address: string | undefined },
): RegistryLocation {
  if (isInside() && address !== undefined) return { ...service, at: { host: address, port: PORT } };
  const to = { namespace: REGISTRY_NAMESPACE, pod: name, port: PORT };
  return {
    ...service,
    way: 'port-forward',
    open: (until) => openPortForward(cluster.connection, to, until),
  };
}

const registryConfigSchema = z.object({
  spec: z.object({ managementState: z.string().optional() }).default({}),
});

/** The registry's managementState: `Managed`, `Removed`, …; undefined without the operator. */
export async function managementState(
  cluster: Cluster,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const at = path('apis', 'imageregistry.operator.openshift.io', 'v1', 'configs', 'cluster');
  const config = await cluster.find(registryConfigSchema, { method: 'GET', path: at, signal });
  return config?.spec.managementState;
}

/** The registry at its service's name, with its CA. */
export async function locateService(
  cluster: Cluster,
  signal?: AbortSignal,
): Promise<RegistryLocation> {
  const ca = await readBundle(cluster, [REGISTRY_NAMESPACE, 'serviceca', 'service-ca.crt'], signal);
  return { way: 'service', origin: SERVICE_ORIGIN, ca };
}

const routeSchema = z.object({
  status: z
    .object({ ingress: z.array(z.object({ host: z.string().optional() })).nullish() })
    .default({}),
});

/** The default route, with its CA; undefined if no router has admitted one. */
export async function locateRoute(
  cluster: Cluster,
  signal?: AbortSignal,
): Promise<RegistryLocation | undefined> {
  const at = path(
    'apis',
    'route.openshift.io',
    'v1',
    'namespaces',
    REGISTRY_NAMESPACE,
    'routes',
    'default-route',
  );
  const route = await cluster.find(routeSchema, { method: 'GET', path: at, signal });
  // spec.host may be left for the router to choose (openshift-facts.md 4.10).
  const host = route?.status.ingress?.find((each) => each.host !== undefined)?.host;
  if (host === undefined) return undefined;
  // The route is served with the ingress certificate, not the service CA's (openshift-facts.md 5.1).
  const bundle = ['openshift-config-managed', 'default-ingress-cert', 'ca-bundle.crt'] as const;
  return { way: 'route', origin: `https://${host}`, ca: await readBundle(cluster, bundle, signal) };
}

const podsSchema = z.object({
  items: z
    .array(
      z.object({
        metadata: metadataSchema,
        status: z
          .object({
            conditions: z.array(z.object({ type: z.string(), status: z.string() })).nullish(),
          })
          .default({}),
      }),
    )
    .nullish(),
});

async function locateReadyPod(cluster: Cluster, signal?: AbortSignal): Promise<RegistryLocation> {
  const query = { labelSelector: 'docker-registry=default' };
  const at = path('api', 'v1', 'namespaces', REGISTRY_NAMESPACE, 'pods');
  const { items } = await cluster.call(podsSchema, { method: 'GET', path: at, query, signal });
  const ready = items?.find(({ status }) =>
    status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True'),
  );
  if (ready === undefined) {
    const advice = await whyAbsent(cluster, `look at the pods of ${REGISTRY_NAMESPACE}`, signal);
    throw new PurserError('NotConfigured', `no registry pod is ready: ${advice}`);
  }
  const { name } = ready.metadata;
  const to = { namespace: REGISTRY_NAMESPACE, pod: name, port: PORT };
  const service = await locateService(cluster, signal);
  return {
    ...service,
    way: 'port-forward',
    open: (until) => openPortForward(cluster.connection, to, until),
  };
}

async function whyAbsent(
  cluster: Cluster,
  otherwise: string,
  signal?: AbortSignal,
): Promise<string> {
  return (await managementState(cluster, signal)) === 'Removed'
    ? 'the registry is Removed (managementState of configs.imageregistry.operator.openshift.io/cluster); set it to Managed, with storage, first'
    : otherwise;
}

async function readBundle(
  cluster: Cluster,
  [namespace, name, key]: readonly [string, string, string],
  signal?: AbortSignal,
): Promise<string | undefined> {
  const at = path('api', 'v1', 'namespaces', namespace, 'configmaps', name);
  const schema = z.object({ data: z.record(z.string(), z.string()).nullish() });
  try {
    const found = await cluster.find(schema, { method: 'GET', path: at, signal });
    return found?.data?.[key];
  } catch (error) {
    // Without the right to read it, the system's own roots may be enough; if not, the reach step says so.
    if (error instanceof ClusterFailure && error.status === 403) return undefined;
    throw error;
  }
}
