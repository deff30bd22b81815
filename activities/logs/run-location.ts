import type { Cluster } from '../../src/kubernetes/api/cluster.ts';
import { listRuns } from '../../src/kubernetes/pods.ts';
import type { Run } from '../../src/logs/manifest.ts';

/**
 * Where the log of a run is to be had: as that of the container's present run, or of the one before; not any
 * more, because others have followed (`replaced`), or because the pod is `gone`.
 */
export type RunLocation = 'present' | 'previous' | 'replaced' | 'gone';

/**
 * Looks where a run is now. The log API is asked by the pod's name and says nothing of whose log it gives:
 * only a run that is in the same place before and after is the one that was read.
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

// Each is a request. Of those that are not looked at it is not known whether they are gone: the next collection looks.
const LOOKED_AT_AT_MOST = 50;

/**
 * The uids of pods that no selector has chosen, and that are there all the same, or may be. Somebody who takes a
 * pod's label away, and gives it back later, has not ended it.
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
