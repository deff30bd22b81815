import { z } from 'zod';
import { REGISTRY_NAMESPACE } from '../../domain/registry-namespace.ts';
import { path } from '../../kubernetes/api/cluster.ts';
import type { Cluster } from '../../kubernetes/api/cluster.ts';
import { conditionOf, conditionSchema } from './operator.ts';
import type { Condition } from './operator.ts';

/** The wanted and available replicas; undefined if the object does not exist. */
export interface ReplicaCounts {
  readonly wanted: number;
  readonly available: number;
  readonly conditions: readonly Condition[];
}

/** The image pruner and its last run (openshift-facts.md 4.8, 4.9). */
export interface Pruner {
  readonly isSuspended: boolean;
  readonly conditions: readonly Condition[];
  /** RFC 3339; of the CronJob `image-pruner`, absent if it never ran or cannot be read. */
  readonly lastSuccess: string | undefined;
}

/** What the operator runs; each is undefined if it does not exist. */
export interface Workload {
  readonly registry: ReplicaCounts | undefined;
  readonly operator: ReplicaCounts | undefined;
  readonly nodeCa: ReplicaCounts | undefined;
  readonly pruner: Pruner | undefined;
}

/** Reads what the operator runs (openshift-facts.md 5.1): five requests at once. */
export async function readWorkload(cluster: Cluster, signal?: AbortSignal): Promise<Workload> {
  const read = <T>(schema: z.ZodType<T>, ...segments: readonly string[]) =>
    cluster.find(schema, { method: 'GET', path: path(...segments), signal });
  const apps = ['apis', 'apps', 'v1', 'namespaces', REGISTRY_NAMESPACE] as const;
  const [registry, operator, nodeCa, pruner, job] = await Promise.all([
    read(deploymentSchema, ...apps, 'deployments', 'image-registry'),
    read(deploymentSchema, ...apps, 'deployments', 'cluster-image-registry-operator'),
    read(daemonSetSchema, ...apps, 'daemonsets', 'node-ca'),
    read(
      prunerSchema,
      'apis',
      'imageregistry.operator.openshift.io',
      'v1',
      'imagepruners',
      'cluster',
    ),
    read(
      cronJobSchema,
      'apis',
      'batch',
      'v1',
      'namespaces',
      REGISTRY_NAMESPACE,
      'cronjobs',
      'image-pruner',
    ),
  ]);
  return {
    registry: registry && deploymentOf(registry),
    operator: operator && deploymentOf(operator),
    nodeCa: nodeCa && {
      wanted: nodeCa.status.desiredNumberScheduled,
      available: nodeCa.status.numberAvailable,
      conditions: [],
    },
    pruner: pruner && {
      isSuspended: pruner.spec.suspend ?? false,
      conditions: (pruner.status.conditions ?? []).map(conditionOf),
      lastSuccess: job?.status.lastSuccessfulTime,
    },
  };
}

const deploymentSchema = z.object({
  spec: z.object({ replicas: z.number().default(1) }).default({ replicas: 1 }),
  status: z
    .object({
      availableReplicas: z.number().optional(),
      conditions: z.array(conditionSchema).nullish(),
    })
    .default({}),
});

function deploymentOf({ spec, status }: z.infer<typeof deploymentSchema>): ReplicaCounts {
  return {
    wanted: spec.replicas,
    available: status.availableReplicas ?? 0,
    conditions: (status.conditions ?? []).map(conditionOf),
  };
}

const daemonSetSchema = z.object({
  status: z
    .object({
      desiredNumberScheduled: z.number().default(0),
      numberAvailable: z.number().default(0),
    })
    .default({ desiredNumberScheduled: 0, numberAvailable: 0 }),
});

const prunerSchema = z.object({
  spec: z.object({ suspend: z.boolean().optional() }).default({}),
  status: z.object({ conditions: z.array(conditionSchema).nullish() }).default({}),
});

const cronJobSchema = z.object({
  status: z.object({ lastSuccessfulTime: z.string().optional() }).default({}),
});
