import { z } from 'zod';
import { REGISTRY_NAMESPACE } from '../domain/registry-namespace.ts';
import type { RegistryPod } from '../openshift/installation/pods.ts';
import type { Finding } from '../domain/finding.ts';
import { formatDuration } from '../domain/duration.ts';
import { degraded, note, unhealthy } from './findings.ts';
import type { CheckFindings } from './findings.ts';

/** A replica, as the cluster shows it. */
export type Pod = Omit<RegistryPod, 'address'>;

// A pod needs as long to be ready in a rollout, or after its node has gone.
const YOUNG_MS = 60_000;
const MAX_REMEMBERED = 20;

const memorySchema = z.record(z.string(), z.number());

const LOGS = `oc logs -n ${REGISTRY_NAMESPACE} --previous`;
const DESCRIBE = `oc describe pods -n ${REGISTRY_NAMESPACE} -l docker-registry=default`;

/**
 * What the pods tell. `memory` is what this gave for the last run: restarts by pod. A pod that was not
 * there then, or has fewer restarts than then, is a new one, and its restarts are all news.
 */
export function evaluatePods(pods: readonly Pod[], memory: unknown, now: number): CheckFindings {
  const before = memorySchema.safeParse(memory).data;
  const active = pods.filter(({ isEnding }) => !isEnding);
  const ready = active.filter(({ isReady }) => isReady);
  const hasReadyPod = ready.length > 0;
  const newByPod = new Map(active.map((pod) => [pod.name, countNewRestarts(pod, before)]));
  const findings = [
    ...evaluateReadiness(active, ready),
    ...active.flatMap((pod) =>
      evaluatePod(pod, { hasReadyPod, newRestarts: newByPod.get(pod.name) ?? 0, now }),
    ),
    ...evaluatePlacement(active),
  ];
  return {
    findings,
    measurements: {
      pods: active.length,
      pods_ready: ready.length,
      new_restarts: [...newByPod.values()].reduce((sum, each) => sum + each, 0),
    },
    memory: Object.fromEntries(
      active.slice(0, MAX_REMEMBERED).map(({ name, restarts }) => [name, restarts]),
    ),
    table: tableOf(pods, newByPod, now),
  };
}

function countNewRestarts(
  { name, restarts }: Pod,
  before: Readonly<Record<string, number>> = {},
): number {
  const known = before[name];
  // Without any memory it cannot be said when they were.
  if (Object.keys(before).length === 0) return 0;
  return known === undefined || known > restarts ? restarts : restarts - known;
}

function evaluateReadiness(active: readonly Pod[], ready: readonly Pod[]): readonly Finding[] {
  if (active.length === 0) {
    return [unhealthy('not-found', 'the registry has no pod', `see ${DESCRIBE}`)];
  }
  // A loop of crashes says more, and is told of each pod.
  if (ready.length > 0 || active.some(isCrashLoop)) return [];
  const text = `none of the registry's ${countOf(active)} is ready`;
  return [unhealthy('not-ready', text, DESCRIBE)];
}

interface PodContext {
  /** Whether any pod is ready. */
  readonly hasReadyPod: boolean;
  readonly newRestarts: number;
  readonly now: number;
}

function evaluatePod(pod: Pod, context: PodContext): readonly Finding[] {
  const isOutOfMemory = pod.lastEnd === 'OOMKilled';
  const cause = isOutOfMemory ? 'out-of-memory' : 'crash-loop';
  const advice = isOutOfMemory
    ? 'raise spec.resources of configs.imageregistry/cluster'
    : `${LOGS} ${pod.name}`;
  const because = pod.lastEnd === undefined ? '' : `; it ended last with ${pod.lastEnd}`;
  if (isCrashLoop(pod)) {
    const rate = context.hasReadyPod ? degraded : unhealthy;
    const text = `${pod.name} crashes again and again (${pod.restarts} restarts)${because}`;
    return [rate(cause, text, advice)];
  }
  if (context.newRestarts > 0) {
    const times = context.newRestarts === 1 ? 'once' : `${context.newRestarts} times`;
    const text = `${pod.name} restarted ${times} since the last check${because}`;
    return [degraded(cause, text, advice)];
  }
  return pod.isReady ? [] : [evaluateUnready(pod, context)];
}

// Where none is ready that is said once, of all; of each only how it stands.
function evaluateUnready(pod: Pod, { hasReadyPod, now }: PodContext): Finding {
  const isYoung = pod.createdAt !== undefined && now - Date.parse(pod.createdAt) < YOUNG_MS;
  const text = `${pod.name} is not ready (${pod.waiting ?? pod.phase})`;
  return hasReadyPod && !isYoung ? degraded('not-ready', text, DESCRIBE) : note('not-ready', text);
}

function isCrashLoop({ waiting }: Pod): boolean {
  return waiting === 'CrashLoopBackOff';
}

function evaluatePlacement(active: readonly Pod[]): readonly Finding[] {
  const nodes = new Set(active.map(({ node }) => node));
  const [node] = nodes;
  if (active.length < 2 || nodes.size > 1 || node === undefined) return [];
  // A note: on a cluster of one node there is nothing to be done about it.
  return [
    note(
      'configuration',
      `all ${countOf(active)} are on node ${node}: when it goes, the registry does`,
      'see spec.affinity and spec.topologySpreadConstraints of configs.imageregistry/cluster',
    ),
  ];
}

function tableOf(
  pods: readonly Pod[],
  newByPod: ReadonlyMap<string, number>,
  now: number,
): NonNullable<CheckFindings['table']> {
  const rows = pods.map((pod) => {
    const newCount = newByPod.get(pod.name) ?? 0;
    return [
      pod.name,
      pod.isReady ? 'yes' : 'no',
      pod.isEnding ? 'Terminating' : (pod.waiting ?? pod.phase),
      newCount === 0 ? String(pod.restarts) : `${pod.restarts} (+${newCount})`,
      pod.lastEnd ?? '',
      pod.node ?? '',
      pod.createdAt === undefined ? '' : formatDuration(now - Date.parse(pod.createdAt), 1),
    ];
  });
  return { columns: ['pod', 'ready', 'state', 'restarts', 'last end', 'node', 'age'], rows };
}

function countOf({ length }: readonly Pod[]): string {
  return length === 1 ? 'one pod' : `${length} pods`;
}
