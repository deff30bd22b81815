import { z } from 'zod';
import { path } from './api/cluster.ts';
import type { Cluster } from './api/cluster.ts';
import { listAll } from './api/list.ts';
import { metadataSchema } from './api/objects.ts';

const runSchema = z.object({
  containerID: z.string().optional(),
  startedAt: z.string().nullish(),
});

const stateSchema = z
  .object({ running: runSchema.nullish(), terminated: runSchema.nullish() })
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

/** A container's run between two restarts, as the node reports it. */
export interface ContainerRun {
  readonly pod: string;
  readonly podUid: string;
  readonly container: string;
  /** The container's id; without one the pod's uid and the count of restarts. */
  readonly run: string;
  readonly restarts: number;
  /** RFC 3339. */
  readonly startedAt: string | undefined;
  /** RFC 3339: when the pod was created. */
  readonly podCreatedAt: string | undefined;
  readonly isPrevious: boolean;
  readonly hasEnded: boolean;
}

/** Pods of a namespace: those that a label selector chooses, or the one of a name. */
export type PodChoice = { readonly namespace: string } & (
  { readonly selector: string } | { readonly pod: string }
);

/**
 * The runs whose logs the node still has, of every container of these pods: the present one, and the one
 * before it. Needs `list` on pods.
 */
export async function listRuns(
  cluster: Cluster,
  { namespace, ...choice }: PodChoice,
  signal: AbortSignal,
): Promise<readonly ContainerRun[]> {
  const query =
    'pod' in choice
      ? { fieldSelector: `metadata.name=${choice.pod}` }
      : { labelSelector: choice.selector };
  const pods = await listAll(cluster, podSchema, {
    path: path('api', 'v1', 'namespaces', namespace, 'pods'),
    query,
    signal,
  });
  return pods.flatMap(({ metadata, status }) =>
    [
      ...(status.initContainerStatuses ?? []),
      ...(status.containerStatuses ?? []),
      ...(status.ephemeralContainerStatuses ?? []),
    ].flatMap((container) =>
      runsOf(
        { pod: metadata.name, podUid: metadata.uid, podCreatedAt: metadata.creationTimestamp },
        container,
      ),
    ),
  );
}

type ContainerStatus = NonNullable<z.infer<typeof statusesSchema>>[number];

type PodName = Pick<ContainerRun, 'pod' | 'podUid' | 'podCreatedAt'>;

function runsOf(pod: PodName, status: ContainerStatus): readonly ContainerRun[] {
  const present = presentRun(pod, status);
  return [...previousRun(pod, status, present.length), ...present];
}

// The count of restarts is that of the latest run; if the next one is awaited, that of the previous run.
function previousRun(
  pod: PodName,
  status: ContainerStatus,
  later: number,
): readonly ContainerRun[] {
  const ended = status.lastState.terminated;
  if (ended === null || ended === undefined) return [];
  const restarts = Math.max(0, status.restartCount - later);
  const run = ended.containerID ?? `${pod.podUid}#${restarts}`;
  return [
    {
      ...pod,
      container: status.name,
      run,
      restarts,
      startedAt: ended.startedAt ?? undefined,
      isPrevious: true,
      hasEnded: true,
    },
  ];
}

// A container that waits for its restart has no present run: its log is that of the previous run.
function presentRun(pod: PodName, status: ContainerStatus): readonly ContainerRun[] {
  const { running, terminated } = status.state;
  const present = running ?? terminated ?? undefined;
  if (present === undefined) return [];
  return [
    {
      ...pod,
      container: status.name,
      run: present.containerID ?? status.containerID ?? `${pod.podUid}#${status.restartCount}`,
      restarts: status.restartCount,
      startedAt: present.startedAt ?? undefined,
      isPrevious: false,
      hasEnded: present === terminated,
    },
  ];
}
