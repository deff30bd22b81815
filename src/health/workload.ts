import { REGISTRY_NAMESPACE } from '../domain/registry-namespace.ts';
import type { Condition } from '../openshift/installation/operator.ts';
import type { Pruner, ReplicaCounts, Workload } from '../openshift/installation/workload.ts';
import type { Finding } from '../domain/finding.ts';
import { formatSince } from './since.ts';
import { degraded, note, unhealthy } from './findings.ts';
import type { CheckFindings } from './findings.ts';

/** Judges what the operator runs. `now` in milliseconds since the epoch. */
export function evaluateWorkload(workload: Workload, now: number): CheckFindings {
  const { registry, operator, nodeCa, pruner } = workload;
  return {
    findings: [
      ...evaluateRegistry(registry, now),
      ...evaluateOperatorDeployment(operator),
      ...evaluateNodeCa(nodeCa),
      ...(pruner === undefined ? [] : evaluatePruner(pruner, now)),
    ],
    measurements: {
      ...(registry === undefined ? {} : { replicas_available: registry.available }),
      ...(nodeCa === undefined ? {} : { node_ca_missing: nodeCa.wanted - nodeCa.available }),
    },
    table: {
      columns: ['what', 'available', 'says'],
      rows: [
        ['deployment image-registry', counted(registry), ''],
        ['deployment cluster-image-registry-operator', counted(operator), ''],
        ['daemon set node-ca', counted(nodeCa), ''],
        ['image pruner', '', pruner === undefined ? 'missing' : describePruner(pruner)],
      ],
    },
  };
}

function counted(counts: ReplicaCounts | undefined): string {
  return counts === undefined ? 'missing' : `${counts.available} of ${counts.wanted}`;
}

function evaluateRegistry(counts: ReplicaCounts | undefined, now: number): readonly Finding[] {
  const advice = `oc get deployment,replicaset,pods -n ${REGISTRY_NAMESPACE}`;
  if (counts === undefined) {
    return [unhealthy('not-found', 'the deployment image-registry does not exist', advice)];
  }
  const { wanted, available } = counts;
  if (wanted === 0) {
    return [unhealthy('configuration', 'the deployment image-registry is scaled to 0', advice)];
  }
  if (available === 0) {
    return [unhealthy('not-ready', `none of ${wanted} replicas is available`, advice)];
  }
  const stuckCondition = counts.conditions.find(
    ({ type, status }) => type === 'Progressing' && status === 'False',
  );
  const stuckFindings =
    stuckCondition === undefined
      ? []
      : [
          degraded(
            'not-ready',
            `its rollout is stuck: ${stuckCondition.reason}${formatSince(stuckCondition.since, now)}`,
            advice,
          ),
        ];
  if (available >= wanted) return stuckFindings;
  return [
    ...stuckFindings,
    degraded('not-ready', `${available} of ${wanted} replicas are available`, advice),
  ];
}

function evaluateOperatorDeployment(counts: ReplicaCounts | undefined): readonly Finding[] {
  if (counts !== undefined && counts.available > 0) return [];
  const what = counts === undefined ? 'does not exist' : 'has no available pod';
  return [
    degraded(
      'not-ready',
      `the operator's deployment ${what}: the registry goes on, but nobody looks after it`,
      `oc logs -n ${REGISTRY_NAMESPACE} deployment/cluster-image-registry-operator`,
    ),
  ];
}

function evaluateNodeCa(counts: ReplicaCounts | undefined): readonly Finding[] {
  const advice = `oc get pods -n ${REGISTRY_NAMESPACE} -l name=node-ca -o wide`;
  if (counts === undefined) {
    const text = 'the daemon set node-ca does not exist: new nodes will not trust the registry';
    return [degraded('not-found', text, advice)];
  }
  const missing = counts.wanted - counts.available;
  if (missing <= 0) return [];
  const text = `node-ca is missing on ${missing} of ${counts.wanted} nodes: they may not trust the registry`;
  return [degraded('not-ready', text, advice)];
}

function evaluatePruner(pruner: Pruner, now: number): readonly Finding[] {
  const failed = failedOf(pruner);
  if (failed !== undefined) {
    return [
      degraded(
        'configuration',
        `the last image prune failed (${failed.reason || 'no reason'}${formatSince(failed.since, now)}): it alone makes the operator Degraded; no outage, but old images stay`,
        `oc get jobs,pods -n ${REGISTRY_NAMESPACE}, then oc logs of the newest image-pruner pod`,
      ),
    ];
  }
  return pruner.isSuspended ? [note('configuration', 'the image pruner is suspended')] : [];
}

function failedOf({ conditions }: Pruner): Condition | undefined {
  return conditions.find(({ type, status }) => type === 'Failed' && status === 'True');
}

function describePruner(pruner: Pruner): string {
  const failed = failedOf(pruner);
  if (failed !== undefined) return `failed: ${failed.reason}`;
  if (pruner.isSuspended) return 'suspended';
  const { lastSuccess } = pruner;
  return lastSuccess === undefined ? 'no run known' : `last success ${lastSuccess}`;
}
