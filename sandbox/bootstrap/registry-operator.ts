import type { KubeObject } from '../api/kube-object.ts';
import { openshiftVersion } from '../launch/registry-front.ts';
import { condition } from './config-objects.ts';

const apiVersion = 'imageregistry.operator.openshift.io/v1';

/** The registry operator's own objects, for a managed and healthy registry (openshift-facts.md 4.8, 4.9). */
export function registryOperator(replicas: number, now: string): readonly KubeObject[] {
  return [
    {
      apiVersion,
      kind: 'Config',
      metadata: { name: 'cluster' },
      spec: {
        managementState: 'Managed',
        logLevel: 'Normal',
        operatorLogLevel: 'Normal',
        storage: { pvc: { claim: 'image-registry-storage' }, managementState: 'Managed' },
        defaultRoute: true,
        readOnly: false,
        disableRedirect: false,
        requests: { read: {}, write: {} },
        replicas,
        rolloutStrategy: 'RollingUpdate',
      },
      status: {
        observedGeneration: 1,
        readyReplicas: replicas,
        version: openshiftVersion,
        storageManaged: true,
        storage: { pvc: { claim: 'image-registry-storage' }, managementState: 'Managed' },
        conditions: [
          condition('Available', 'True', 'Ready', 'The registry is ready', now),
          condition('Progressing', 'False', 'Ready', 'The registry is ready', now),
          condition('Degraded', 'False', 'AsExpected', '', now),
          condition('Removed', 'False', '', '', now),
          // A reason with a space: openshift-facts.md 4.9.
          condition('StorageExists', 'True', 'PVC Exists', '', now),
        ],
      },
    },
    {
      apiVersion,
      kind: 'ImagePruner',
      metadata: { name: 'cluster' },
      spec: {
        schedule: '',
        suspend: false,
        keepTagRevisions: 3,
        keepYoungerThanDuration: '60m',
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 3,
        ignoreInvalidImageReferences: true,
        logLevel: 'Normal',
      },
      status: {
        observedGeneration: 1,
        conditions: [
          condition('Available', 'True', 'AsExpected', 'Pruner CronJob has been created', now),
          condition('Scheduled', 'True', 'Scheduled', 'The pruner job has been scheduled', now),
          condition('Failed', 'False', 'Complete', 'Pruner completed successfully', now),
          condition('Degraded', 'False', 'AsExpected', '', now),
        ],
      },
    },
  ];
}
