import { REGISTRY_NAMESPACE } from '../domain/registry-namespace.ts';
import type { Cause } from '../domain/cause.ts';
import type { Condition, RegistryConfig } from '../openshift/installation/operator.ts';
import type { Finding } from '../domain/finding.ts';
import { formatSince } from './since.ts';
import { degraded, note, unhealthy } from './findings.ts';
import type { CheckFindings } from './findings.ts';

/** What the operator says and what it was told; each undefined where the object does not exist. */
export interface OperatorFacts {
  readonly conditions: readonly Condition[] | undefined;
  readonly config: RegistryConfig | undefined;
}

const EDIT = 'oc edit configs.imageregistry.operator.openshift.io cluster';

/** Judges the operator's words; that it calls itself Available does not mean that there is a registry. */
export function evaluateOperator(
  { conditions, config }: OperatorFacts,
  now: number,
): CheckFindings {
  if (config === undefined) return { findings: [absent(conditions)], measurements: {} };
  const table = tableOf(config, conditions ?? []);
  const measurements =
    config.replicas === undefined ? {} : { replicas_wanted: config.replicas, ...readyOf(config) };
  if (config.managementState === 'Removed') {
    return { findings: [removed(conditions)], measurements, table };
  }
  const findings = [
    ...(conditions === undefined ? [noOperator()] : evaluateConditions(conditions, now)),
    ...evaluateSettings(config),
  ];
  return { findings, measurements, table };
}

/**
 * The words of a reason. The operator joins those of all its parts, each with a prefix of its own
 * (openshift-facts.md 4.9): match ends, not wholes.
 */
export function reasonsOf({ reason }: Pick<Condition, 'reason'>): readonly string[] {
  return reason.split('::').filter((part) => part !== '');
}

function absent(conditions: OperatorFacts['conditions']): Finding {
  return unhealthy(
    'configuration',
    conditions === undefined
      ? 'this cluster has no image registry operator: the capability ImageRegistry is absent, or it is not OpenShift'
      : 'configs.imageregistry.operator.openshift.io/cluster does not exist',
    'see spec.capabilities of clusterversion/version; without a registry take this target out of the schedule',
  );
}

function removed(conditions: OperatorFacts['conditions']): Finding {
  const saysAvailable = conditions?.find(({ type }) => type === 'Available')?.status === 'True';
  return unhealthy(
    'configuration',
    `managementState is Removed: there is no registry${saysAvailable ? ', though its operator says Available' : ''}`,
    `give it storage and set spec.managementState to Managed (${EDIT})`,
  );
}

function noOperator(): Finding {
  return degraded(
    'not-found',
    'ClusterOperator image-registry does not exist: nobody says how the registry is kept',
    `oc get pods -n ${REGISTRY_NAMESPACE} -l name=cluster-image-registry-operator`,
  );
}

function evaluateConditions(conditions: readonly Condition[], now: number): readonly Finding[] {
  return conditions.flatMap((condition): readonly Finding[] => {
    const { type, status } = condition;
    const words = () => describeCondition(condition, now);
    if (type === 'Available' && status === 'False') {
      return [unhealthy(causeOf(condition), `the operator says not Available: ${words()}`, EDIT)];
    }
    if (type === 'Available' && status !== 'True') {
      return [
        degraded('configuration', `the operator cannot say whether it is Available: ${words()}`),
      ];
    }
    if (type === 'Degraded' && status === 'True') return [evaluateDegraded(condition, words())];
    if (type === 'Progressing' && status === 'True') {
      return [note('not-ready', `the operator is at work: ${words()}`)];
    }
    return [];
  });
}

function evaluateDegraded(condition: Condition, words: string): Finding {
  const isPruneOnly = reasonsOf(condition).every((reason) => reason.startsWith('ImagePruner'));
  if (isPruneOnly && condition.reason !== '') {
    return note(
      'configuration',
      `the operator says Degraded for a failed image prune alone (${words}): no outage; see the check workload`,
    );
  }
  return degraded(causeOf(condition), `the operator says Degraded: ${words}`, EDIT);
}

const CAUSES: readonly (readonly [suffix: RegExp, cause: Cause])[] = [
  [/StorageNotConfigured$/, 'storage'],
  [
    /(NoReplicasAvailable|Unavailable|ProgressDeadlineExceeded|DeploymentNotCompleted)$/,
    'not-ready',
  ],
  [/(DeploymentNotFound|DeploymentDeleted)$/, 'not-found'],
];

function causeOf(condition: Condition): Cause {
  const reasons = reasonsOf(condition);
  const known = CAUSES.find(([suffix]) => reasons.some((reason) => suffix.test(reason)));
  return known?.[1] ?? 'configuration';
}

function describeCondition(condition: Condition, now: number): string {
  const message = condition.message.replaceAll('\n', '; ');
  const reasons = reasonsOf(condition).join(', ') || 'no reason';
  return `${reasons}${message === '' ? '' : ` (${message})`}${formatSince(condition.since, now)}`;
}

function evaluateSettings({
  managementState,
  readOnly,
  storage,
}: RegistryConfig): readonly Finding[] {
  const readOnlyText = 'spec.readOnly is set: every push is refused';
  return [
    ...(readOnly
      ? [degraded('configuration', readOnlyText, `${EDIT}, unless a hard prune runs`)]
      : []),
    ...(managementState === 'Managed'
      ? []
      : [
          note(
            'configuration',
            `managementState is ${managementState}: nobody repairs the registry`,
          ),
        ]),
    ...(storage === 'emptyDir'
      ? [note('storage', 'the storage is emptyDir: all images are gone when the pod is')]
      : []),
    ...(storage === undefined
      ? [degraded('storage', 'no storage is configured', `set spec.storage (${EDIT})`)]
      : []),
  ];
}

function readyOf({ readyReplicas }: RegistryConfig): Readonly<Record<string, number>> {
  return readyReplicas === undefined ? {} : { replicas_ready: readyReplicas };
}

function tableOf(
  config: RegistryConfig,
  conditions: readonly Condition[],
): NonNullable<CheckFindings['table']> {
  const routes = [...(config.defaultRoute ? ['default-route'] : []), ...config.routes];
  const replicas = `${config.readyReplicas ?? '?'} of ${config.replicas ?? '?'} ready`;
  return {
    columns: ['what', 'is', 'because', 'since'],
    rows: [
      ['managementState', config.managementState, '', ''],
      ['replicas', replicas, '', ''],
      ['storage', config.storage ?? 'none', config.readOnly ? 'read-only' : '', ''],
      ['routes', routes.join(', ') || 'none', '', ''],
      ...conditions.map((each) => [
        each.type,
        each.status,
        reasonsOf(each).join(', '),
        each.since ?? '',
      ]),
    ],
  };
}
