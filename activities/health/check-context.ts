import { readRegistryConfig } from '../../src/openshift/installation/operator.ts';
import type { RegistryConfig } from '../../src/openshift/installation/operator.ts';
import { listRegistryPods } from '../../src/openshift/installation/pods.ts';
import type { RegistryPod } from '../../src/openshift/installation/pods.ts';
import { requestAccountToken } from '../../src/openshift/installation/account-token.ts';
import type { Cluster } from '../../src/kubernetes/api/cluster.ts';
import { ownBearer } from '../../src/kubernetes/api/own-bearer.ts';
import { isInside, locateService, podLocation } from '../../src/openshift/registry-location.ts';
import type { RegistryLocation } from '../../src/openshift/registry-location.ts';
import { PROBE_AGENT } from '../../src/user-agent.ts';
import { createRegistry } from '../../src/registry/registry.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { createProviderChecks } from '../identity/providers.ts';
import type { ProviderChecks } from '../identity/providers.ts';
import type { Target } from '../target.ts';

/**
 * What the checks of one run share. What several checks need is read once: the second check gets the same
 * answer, or the same error.
 */
export interface CheckContext {
  readonly target: Target;
  /** `<workflow id>/<run id>`: what is made is marked with it. */
  readonly run: string;
  /** The target's, with its requests counted. */
  readonly cluster: Cluster;
  readonly apiRequests: () => number;
  /** The checks of the identity providers; their requests are not counted, others may share them. */
  readonly providers: ProviderChecks;
  pods(): Promise<readonly RegistryPod[]>;
  /** Undefined: the capability is absent from the cluster. */
  config(): Promise<RegistryConfig | undefined>;
  /** A token of Purser's own, for the registry. */
  token(): Promise<string>;
  service(): Promise<RegistryLocation>;
  /** A client of the registry at one location; closed when the run ends. */
  registryAt(location: RegistryLocation): Registry;
  replica(pod: RegistryPod): Promise<Registry>;
  close(): Promise<void>;
}

/** `signal` ends the whole run; `run` is needed only if something is made. */
export function createCheckContext(
  target: Target,
  signal: AbortSignal,
  run = '',
  providers = createProviderChecks(target),
): CheckContext {
  const { cluster, apiRequests } = counted(target.cluster);
  const opened: Registry[] = [];
  const registryAt = (location: RegistryLocation): Registry => {
    const registry = openAt(target, location);
    opened.push(registry);
    return registry;
  };
  const service = once(() => locateService(cluster, signal));
  return {
    target,
    run,
    cluster,
    apiRequests,
    providers,
    pods: once(() => listRegistryPods(cluster, signal)),
    config: once(() => readRegistryConfig(cluster, signal)),
    token: once(() => ownToken(target, cluster, signal)),
    service,
    registryAt,
    replica: perName(async (pod) => registryAt(podLocation(cluster, await service(), pod))),
    close: async () => {
      await Promise.all(opened.map((registry) => registry.close()));
    },
  };
}

function openAt({ registry, health }: Target, location: RegistryLocation): Registry {
  const answer = health.probe.answerWithinSeconds * 1_000;
  // registry.connect, ca and realm of purser.yaml apply only to the endpoint that registry.reach selects.
  const usual = isInside() ? 'service' : 'route';
  const isOwnWay = location.way === (registry.reach === 'auto' ? usual : registry.reach);
  return createRegistry({
    origin: location.origin,
    connect: location.open ?? location.at ?? (isOwnWay ? registry.connect : undefined),
    ca: isOwnWay ? (registry.ca ?? location.ca) : location.ca,
    realm: registry.realm,
    agent: PROBE_AGENT,
    timeouts: { connect: answer, headers: answer, body: answer, call: answer },
  });
}

/** The bearer token of Purser's kubeconfig or pod, else one of its service account's for ten minutes. */
async function ownToken(
  { health }: Target,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<string> {
  const { namespace, account: name } = health.probe;
  const own = await ownBearer(cluster, signal);
  return own ?? requestAccountToken(cluster, { namespace, name }, signal);
}

function counted(cluster: Cluster): {
  readonly cluster: Cluster;
  readonly apiRequests: () => number;
} {
  let count = 0;
  return {
    apiRequests: () => count,
    cluster: {
      connection: cluster.connection,
      call: (schema, call) => {
        count += 1;
        return cluster.call(schema, call);
      },
      find: (schema, call) => {
        count += 1;
        return cluster.find(schema, call);
      },
      stream: (call) => {
        count += 1;
        return cluster.stream(call);
      },
    },
  };
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => (reading ??= read());
}

function perName<K extends { readonly name: string }, T>(
  make: (key: K) => Promise<T>,
): (key: K) => Promise<T> {
  const made = new Map<string, Promise<T>>();
  return (key) => {
    const known = made.get(key.name);
    if (known !== undefined) return known;
    const making = make(key);
    made.set(key.name, making);
    return making;
  };
}
