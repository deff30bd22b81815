// What commands do themselves, with the rights of whoever types them (docs/decisions/0015): follow
// logs as they are written.
import { createCluster } from '../kubernetes/api/cluster.ts';
import { connect } from '../kubernetes/api/connection.ts';
import { ClusterFailure } from '../kubernetes/api/failure.ts';
import { openPodLog } from '../kubernetes/pod-logs.ts';
import { listRuns } from '../kubernetes/pods.ts';
import { targetOf } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { wildcardMatcher } from '../domain/wildcard.ts';
import { REGISTRY_NAMESPACE } from '../domain/registry-namespace.ts';
import { REGISTRY_SELECTOR } from '../logs/settings.ts';
import { tailLogs } from '../logs/tail/tail.ts';
import type { TailOptions } from '../logs/tail/tail.ts';

/** What is followed: the registry's pods, by name (`*` stands for anything). */
export interface TailSelection extends Pick<TailOptions, 'since' | 'signal' | 'note'> {
  readonly pod?: string | undefined;
}

/** The registry's lines as they are written, read with the rights of the target's kubeconfig. */
export async function openTail(config: Config, target: string, wanted: TailSelection) {
  const { kubeconfig, context, logs } = targetOf(config, target);
  const cluster = createCluster(await connect({ kubeconfig, context }, { signal: wanted.signal }));
  const namespace = REGISTRY_NAMESPACE;
  const isPod = wildcardMatcher(wanted.pod);
  return tailLogs({
    ...wanted,
    patterns: logs.redact,
    list: async (signal) => {
      const runs = await listRuns(cluster, { namespace, selector: REGISTRY_SELECTOR }, signal);
      return runs.filter(({ pod }) => isPod(pod));
    },
    open: ({ pod, container }, asked, signal) =>
      openPodLog(cluster, { namespace, pod, container, ...asked }, signal),
    mayPass: (error) => !(error instanceof ClusterFailure) || !FINAL.includes(error.failureCause),
  });
}

const FINAL: readonly string[] = ['unauthorized', 'forbidden', 'configuration'];
