import { z } from 'zod';
import { path } from '../../kubernetes/api/cluster.ts';
import type { Cluster } from '../../kubernetes/api/cluster.ts';

/** configs.imageregistry.operator.openshift.io/cluster, as far as Purser reads it (openshift-facts.md 4.8). */
export interface RegistryConfig {
  readonly managementState: string;
  readonly replicas: number | undefined;
  readonly readyReplicas: number | undefined;
  /** The kind of storage: `pvc`, `s3`, `emptyDir`, …; undefined if none is configured. */
  readonly storage: string | undefined;
  readonly readOnly: boolean;
  /** Whether the default route is requested. */
  readonly defaultRoute: boolean;
  /** The names of the other routes that the operator keeps. */
  readonly routes: readonly string[];
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  /** RFC 3339. */
  readonly since: string | undefined;
}

/** Undefined if the cluster has no image registry operator. */
export async function readRegistryConfig(
  cluster: Cluster,
  signal?: AbortSignal,
): Promise<RegistryConfig | undefined> {
  const at = path('apis', 'imageregistry.operator.openshift.io', 'v1', 'configs', 'cluster');
  const found = await cluster.find(configSchema, { method: 'GET', path: at, signal });
  if (found === undefined) return undefined;
  const { spec, status } = found;
  return {
    managementState: spec.managementState ?? 'Managed',
    replicas: spec.replicas,
    readyReplicas: status.readyReplicas,
    storage: storageOf(spec.storage) ?? storageOf(status.storage),
    readOnly: spec.readOnly ?? false,
    defaultRoute: spec.defaultRoute ?? false,
    routes: (spec.routes ?? []).map(({ name }) => name),
  };
}

/** The conditions of ClusterOperator/image-registry; undefined if there is none. */
export async function readOperatorConditions(
  cluster: Cluster,
  signal?: AbortSignal,
): Promise<readonly Condition[] | undefined> {
  const at = path('apis', 'config.openshift.io', 'v1', 'clusteroperators', 'image-registry');
  const found = await cluster.find(operatorSchema, { method: 'GET', path: at, signal });
  return found === undefined ? undefined : (found.status.conditions ?? []).map(conditionOf);
}

export const conditionSchema = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
  lastTransitionTime: z.string().nullish(),
});

export function conditionOf(given: z.infer<typeof conditionSchema>): Condition {
  const { type, status, reason = '', message = '', lastTransitionTime } = given;
  return { type, status, reason, message, since: lastTransitionTime ?? undefined };
}

const operatorSchema = z.object({
  status: z.object({ conditions: z.array(conditionSchema).nullish() }).default({}),
});

const storageSchema = z.record(z.string(), z.unknown()).nullish();
const configSchema = z.object({
  spec: z
    .object({
      managementState: z.string().optional(),
      replicas: z.number().optional(),
      readOnly: z.boolean().optional(),
      defaultRoute: z.boolean().optional(),
      routes: z.array(z.object({ name: z.string() })).nullish(),
      storage: storageSchema,
    })
    .default({}),
  status: z.object({ readyReplicas: z.number().optional(), storage: storageSchema }).default({}),
});

// Beside the storage's own block there is managementState.
function storageOf(storage: z.infer<typeof storageSchema>): string | undefined {
  return Object.keys(storage ?? {}).find((key) => key !== 'managementState');
}
