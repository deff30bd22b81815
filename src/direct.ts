// What a command does itself, with the rights of whoever types it: read the archive, follow logs
// (docs/decisions/0015). The other composition root is src/worker.ts, for all that workflows do.
import { openArchive } from './archive/open.ts';
import { createCluster } from './cluster/api/cluster.ts';
import { connect } from './cluster/api/connection.ts';
import { ClusterFailure } from './cluster/api/failure.ts';
import { openPodLog } from './cluster/workload/pod-logs.ts';
import { listRuns } from './cluster/workload/pods.ts';
import { targetOf } from './config/load.ts';
import type { Config } from './config/schema.ts';
import { matcherOf } from './logs/access/name-pattern.ts';
import type { Question } from './logs/access/question.ts';
import { bundleNames, findBundle, readManifests } from './logs/look/bundles.ts';
import { chosenSources, showLines } from './logs/look/show.ts';
import type { ShowWanted } from './logs/look/show.ts';
import { verifyBundle } from './logs/look/verify.ts';
import { askWho } from './logs/look/who.ts';
import type { Manifest } from './logs/manifest.ts';
import { tailLogs } from './logs/tail/tail.ts';
import type { Tailing } from './logs/tail/tail.ts';

/** The log bundles of a target, read from the archive that the configuration names. */
export function openLogbook(config: Config, target: string, signal: AbortSignal) {
  const shelf = { ...openArchive(config.archive), target };
  return {
    place: shelf.place,
    /** All bundles, oldest first. */
    bundles: async function* (): AsyncIterable<Manifest> {
      yield* readManifests(shelf, await bundleNames(shelf, signal), signal);
    },
    find: (bundle: string) => findBundle(shelf, bundle, signal),
    sources: chosenSources,
    lines: (manifest: Manifest, wanted: ShowWanted) => showLines(shelf, manifest, wanted, signal),
    verify: (manifest: Manifest) => verifyBundle(shelf, manifest, signal),
    who: (question: Question) => askWho(shelf, question, signal),
  };
}

const REGISTRY = { namespace: 'openshift-image-registry', selector: 'docker-registry=default' };

/** What is followed: pods by name (`*` stands for anything) of the target's registry. */
export interface TailWanted extends Pick<Tailing, 'since' | 'signal' | 'note'> {
  readonly pod?: string | undefined;
}

/** The registry's lines as they are written, read with the rights of the target's kubeconfig. */
export async function openTail(config: Config, target: string, wanted: TailWanted) {
  const { kubeconfig, context } = targetOf(config, target);
  const cluster = createCluster(await connect({ kubeconfig, context }));
  const isPod = matcherOf(wanted.pod);
  return tailLogs({
    ...wanted,
    patterns: [],
    list: async (signal) => {
      const runs = await listRuns(cluster, REGISTRY, signal);
      return runs.filter(({ pod }) => isPod(pod));
    },
    open: ({ pod, container }, asked, signal) =>
      openPodLog(cluster, { namespace: REGISTRY.namespace, pod, container, ...asked }, signal),
    mayPass: (error) => !(error instanceof ClusterFailure) || !FINAL.includes(error.why),
  });
}

const FINAL: readonly string[] = ['unauthorized', 'forbidden', 'configuration'];
