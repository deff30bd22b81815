// The command that follows logs itself, with the rights of its user (docs/decisions/0015).
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

/** The pods of the registry to follow, by name (`*` stands for anything). */
export interface TailSelection extends Pick<TailOptions, 'since' | 'signal' | 'note'> {
  readonly pod?: string | undefined;
}

/** Reads the registry's log lines as they are written, with the rights of the target's kubeconfig. */
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
    open: ({ pod, container }, range, signal) =>
      openPodLog(cluster, { namespace, pod, container, ...range }, signal),
    mayPass: (error) => !(error instanceof ClusterFailure) || !FINAL.includes(error.failureCause),
  });
}

const FINAL: readonly string[] = ['unauthorized', 'forbidden', 'configuration'];
