import type { Cluster } from '../../src/kubernetes/api/cluster.ts';
import { listRuns } from '../../src/kubernetes/pods.ts';
import type { Run } from '../../src/logs/manifest.ts';

/**
 * Where the log of a run is available: as the container's present run, or as the `previous` one. It is no
 * longer available if later runs have `replaced` it, or if the pod is `gone`.
 */
export type RunLocation = 'present' | 'previous' | 'replaced' | 'gone';

/**
 * Finds a run in the cluster. The log API takes the pod's name, and does not say which run's log it
 * returns. So a log belongs to a run only if the run has the same location before and after reading.
 */
export async function locateRun(
  cluster: Cluster,
  { namespace, pod, podUid, container, run }: Run,
  signal: AbortSignal,
): Promise<RunLocation> {
  const runs = await listRuns(cluster, { namespace, pod }, signal);
  const found = runs.find(
    (each) => each.podUid === podUid && each.container === container && each.run === run,
  );
  if (found !== undefined) return found.isPrevious ? 'previous' : 'present';
  return runs.length > 0 ? 'replaced' : 'gone';
}

// Each pod is a request. Pods beyond this number may still exist: the next collection checks them.
const LOOKED_AT_AT_MOST = 50;

/**
 * The uids of pods that no selector has chosen, but that still exist, or may exist. Example: an
 * administrator removes a pod's label and adds it again later: the pod has not ended.
 */
export async function podsThatMayRemain(
  cluster: Cluster,
  missing: readonly Run[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const remaining = new Set(missing.slice(LOOKED_AT_AT_MOST).map(({ podUid }) => podUid));
  for (const { namespace, pod, podUid } of missing.slice(0, LOOKED_AT_AT_MOST)) {
    const runs = await listRuns(cluster, { namespace, pod }, signal);
    if (runs.some((run) => run.podUid === podUid)) remaining.add(podUid);
  }
  return remaining;
}
