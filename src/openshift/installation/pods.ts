import { z } from 'zod';
import { REGISTRY_NAMESPACE } from '../../domain/registry-namespace.ts';
import { path } from '../../kubernetes/api/cluster.ts';
import type { Cluster } from '../../kubernetes/api/cluster.ts';
import { metadataSchema } from '../../kubernetes/api/objects.ts';

/** A replica of the registry. */
export interface RegistryPod {
  readonly name: string;
  readonly phase: string;
  readonly isReady: boolean;
  /** Being deleted, so that it does not count. */
  readonly isEnding: boolean;
  readonly restarts: number;
  /** Why its container waits, e.g. `CrashLoopBackOff`. */
  readonly waiting: string | undefined;
  /** Why its container ended last, e.g. `OOMKilled`, or `Error (exit code 2)`. */
  readonly lastEnd: string | undefined;
  readonly node: string | undefined;
  readonly address: string | undefined;
  /** RFC 3339. */
  readonly createdAt: string | undefined;
}

/** The pods of the registry itself, by name (openshift-facts.md 5.1). */
export async function listRegistryPods(
  cluster: Cluster,
  signal?: AbortSignal,
): Promise<readonly RegistryPod[]> {
  const at = path('api', 'v1', 'namespaces', REGISTRY_NAMESPACE, 'pods');
  const query = { labelSelector: 'docker-registry=default' };
  const { items } = await cluster.call(podsSchema, { method: 'GET', path: at, query, signal });
  return (items ?? []).map(podOf).sort((one, other) => one.name.localeCompare(other.name));
}

const endSchema = z.object({ reason: z.string().optional(), exitCode: z.number().optional() });

const podSchema = z.object({
  metadata: metadataSchema,
  spec: z.object({ nodeName: z.string().optional() }).default({}),
  status: z
    .object({
      phase: z.string().optional(),
      podIP: z.string().optional(),
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).nullish(),
      containerStatuses: z
        .array(
          z.object({
            restartCount: z.number().default(0),
            state: z
              .object({ waiting: z.object({ reason: z.string().optional() }).optional() })
              .default({}),
            lastState: z.object({ terminated: endSchema.optional() }).default({}),
          }),
        )
        .nullish(),
    })
    .default({}),
});
const podsSchema = z.object({ items: z.array(podSchema).nullish() });

function podOf({ metadata, spec, status }: z.infer<typeof podSchema>): RegistryPod {
  const containers = status.containerStatuses ?? [];
  const ends = containers.flatMap(({ lastState }) => lastState.terminated ?? []);
  return {
    name: metadata.name,
    phase: status.phase ?? 'Unknown',
    isReady: status.conditions?.some(isReadyCondition) === true,
    isEnding: metadata.deletionTimestamp !== undefined,
    restarts: containers.reduce((sum, { restartCount }) => sum + restartCount, 0),
    waiting: containers.map(({ state }) => state.waiting?.reason).find((each) => each),
    lastEnd: ends.map(endOf)[0],
    node: spec.nodeName,
    address: status.podIP,
    createdAt: metadata.creationTimestamp,
  };
}

function isReadyCondition({ type, status }: { type: string; status: string }): boolean {
  return type === 'Ready' && status === 'True';
}

function endOf({ reason = 'unknown', exitCode }: z.infer<typeof endSchema>): string {
  return exitCode === undefined || reason === 'OOMKilled'
    ? reason
    : `${reason} (exit code ${exitCode})`;
}
