import { z } from 'zod';
import { path } from '../api/cluster.ts';
import type { Cluster } from '../api/cluster.ts';
import { listAll } from '../api/list.ts';
import { metadataSchema } from '../api/objects.ts';

const ranSchema = z.object({
  containerID: z.string().optional(),
  startedAt: z.string().nullish(),
});

const stateSchema = z
  .object({ running: ranSchema.nullish(), terminated: ranSchema.nullish() })
  .default({});

const statusesSchema = z
  .array(
    z.object({
      name: z.string(),
      containerID: z.string().optional(),
      restartCount: z.int().default(0),
      state: stateSchema,
      lastState: stateSchema,
    }),
  )
  .nullish();

const podSchema = z.object({
  metadata: metadataSchema.extend({ uid: z.string() }),
  status: z
    .object({
      containerStatuses: statusesSchema,
      initContainerStatuses: statusesSchema,
      ephemeralContainerStatuses: statusesSchema,
    })
    .default({}),
});

/** A container's life between two restarts, as the node tells it. */
export interface ContainerRun {
  readonly pod: string;
  readonly podUid: string;
  readonly container: string;
  /** The container's id; without one the pod's uid and the count of restarts. */
  readonly run: string;
  readonly restarts: number;
  /** RFC 3339. */
  readonly startedAt: string | undefined;
  readonly isPrevious: boolean;
  readonly hasEnded: boolean;
}

/**
 * The runs whose logs the node still has, of every container of the pods that a label selector
 * chooses: the present one, and the one before it. Needs `list` on pods.
 */
export async function listRuns(
  cluster: Cluster,
  { namespace, selector }: { readonly namespace: string; readonly selector: string },
  signal: AbortSignal,
): Promise<readonly ContainerRun[]> {
  const pods = await listAll(cluster, podSchema, {
    path: path('api', 'v1', 'namespaces', namespace, 'pods'),
    query: { labelSelector: selector },
    signal,
  });
  return pods.flatMap(({ metadata, status }) =>
    [
      ...(status.initContainerStatuses ?? []),
      ...(status.containerStatuses ?? []),
      ...(status.ephemeralContainerStatuses ?? []),
    ].flatMap((container) => runsOf({ pod: metadata.name, podUid: metadata.uid }, container)),
  );
}

type ContainerStatus = NonNullable<z.infer<typeof statusesSchema>>[number];

function runsOf(
  pod: { readonly pod: string; readonly podUid: string },
  status: ContainerStatus,
): readonly ContainerRun[] {
  const { name, restartCount, state, lastState } = status;
  const nameless = (restarts: number) => `${pod.podUid}#${restarts}`;
  const present = state.running ?? state.terminated;
  const before = lastState.terminated;
  const runs: ContainerRun[] = [];
  if (before !== null && before !== undefined) {
    runs.push({
      ...pod,
      container: name,
      run: before.containerID ?? nameless(restartCount - 1),
      restarts: Math.max(0, restartCount - 1),
      startedAt: before.startedAt ?? undefined,
      isPrevious: true,
      hasEnded: true,
    });
  }
  if (present !== null && present !== undefined) {
    runs.push({
      ...pod,
      container: name,
      run: state.terminated?.containerID ?? status.containerID ?? nameless(restartCount),
      restarts: restartCount,
      startedAt: present.startedAt ?? undefined,
      isPrevious: false,
      hasEnded: state.terminated !== null && state.terminated !== undefined,
    });
  }
  return runs;
}
