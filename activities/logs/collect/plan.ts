import { listRuns } from '../../../src/kubernetes/pods.ts';
import type { CollectLogsRequest } from '../../../src/logs/model/collect-request.ts';
import { bundleName, eventsFile } from '../../../src/logs/collect/name.ts';
import { missingPods } from '../../../src/logs/collect/obsolete-positions.ts';
import { planRuns } from '../../../src/logs/collect/plan.ts';
import type { FoundRun, LostRun } from '../../../src/logs/collect/runs.ts';
import type { PlannedRun } from '../../../src/logs/collect/plan.ts';
import { bundleNames, readManifests } from '../../../src/logs/read/bundles.ts';
import type { BundleManifest, Run } from '../../../src/logs/manifest.ts';
import { NODE_CA } from '../../../src/logs/settings.ts';
import type { LogSource } from '../../../src/logs/settings.ts';
import { removeLeftovers } from './stored-bundles.ts';
import type { BundlePorts } from '../bundle-ports.ts';
import type { LogPorts } from '../ports.ts';
import { podsThatMayRemain } from '../run-location.ts';

/** The events of a namespace that are to be stored. */
export interface PlannedEvents {
  readonly namespace: string;
  readonly file: string;
  /** The resource version of the last list. */
  readonly after?: string;
}

/** What one collection reads, and the files that it writes. */
export interface Plan {
  readonly bundle: string;
  /** The bundle that it continues. */
  readonly after?: string;
  readonly since: string;
  readonly until: string;
  readonly runs: readonly PlannedRun[];
  readonly events: readonly PlannedEvents[];
  readonly lost: readonly LostRun[];
  /** The keys of positions that are no longer needed; absent if there are none. */
  readonly forgotten?: readonly string[];
}

/** Plans a collection from the running pods and the positions in the last sealed bundle. */
export async function makePlan(
  ports: LogPorts,
  { request, runId }: { readonly request: CollectLogsRequest; readonly runId: string },
  signal: AbortSignal,
): Promise<Plan> {
  const { settings } = ports;
  const last = await lastManifest(ports, signal);
  await removeLeftovers(ports, signal);
  // Taken before the pods are listed: later lines belong to the next collection.
  const now = Date.now();
  const until = new Date(now).toISOString();
  const since = request.since ?? new Date(now - settings.windowMs).toISOString();
  const workloads = [...settings.workloads, ...(request.nodeCa === true ? [NODE_CA] : [])];
  const isAsked = (pod: string) => request.pods?.includes(pod) ?? true;
  const found = await findRuns(ports, workloads, signal);
  const selectors = new Set(workloads.map(({ namespace, selector }) => `${namespace} ${selector}`));
  const scope = {
    found: found.filter(({ pod }) => isAsked(pod)),
    last,
    covers: ({ namespace, selector, pod }: Run) =>
      selectors.has(`${namespace} ${selector}`) && isAsked(pod),
  };
  const mayRemain = await podsThatMayRemain(ports.target.cluster, missingPods(scope), signal);
  const { runs, lost, forgotten } = planRuns({ ...scope, since, until, mayRemain });
  return {
    bundle: bundleName(now, runId, last?.bundle),
    ...(last === undefined ? {} : { after: last.bundle }),
    since,
    until,
    runs,
    events: request.pods === undefined ? planEvents(settings.workloads, last) : [],
    lost,
    ...(forgotten.length === 0 ? {} : { forgotten }),
  };
}

/** The manifest of the newest sealed bundle: its positions are the ones that count. */
export async function lastManifest(
  { archive, target }: BundlePorts,
  signal: AbortSignal,
): Promise<BundleManifest | undefined> {
  const store = { ...archive, target: target.name };
  const newest = (await bundleNames(store, signal)).slice(-1);
  for await (const manifest of readManifests(store, newest, signal)) return manifest;
  return undefined;
}

// A pod that two selectors choose is read once.
async function findRuns(
  { target }: LogPorts,
  workloads: readonly LogSource[],
  signal: AbortSignal,
): Promise<readonly FoundRun[]> {
  const found = new Map<string, FoundRun>();
  for (const { namespace, selector } of workloads) {
    for (const run of await listRuns(target.cluster, { namespace, selector }, signal)) {
      const { startedAt, podCreatedAt, ...rest } = run;
      const key = [namespace, run.podUid, run.container, run.run].join('/');
      if (found.has(key)) continue;
      const began = startedAt === undefined ? {} : { startedAt };
      const created = podCreatedAt === undefined ? {} : { podCreatedAt };
      found.set(key, { namespace, selector, ...rest, ...began, ...created });
    }
  }
  return [...found.values()];
}

function planEvents(
  workloads: readonly LogSource[],
  last: BundleManifest | undefined,
): readonly PlannedEvents[] {
  const namespaces = [...new Set(workloads.map(({ namespace }) => namespace))];
  return namespaces.map((namespace) => {
    const after = last?.events[namespace];
    const file = eventsFile(namespace, namespaces.length === 1);
    return { namespace, file, ...(after === undefined ? {} : { after }) };
  });
}
