import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../api/kube-object.ts';
import { internalRegistry } from '../launch/context.ts';
import { openshiftVersion } from '../launch/registry-front.ts';
import { routeHost } from '../folder/pki.ts';
import { providerName } from './users.ts';

/** The cluster's configuration in config.openshift.io (openshift-facts.md 4.6, 4.9). */
export function configObjects(now: string): readonly KubeObject[] {
  return [
    config('OAuth', 'cluster', {
      spec: {
        identityProviders: [
          {
            name: providerName,
            mappingMethod: 'claim',
            type: 'HTPasswd',
            htpasswd: { fileData: { name: 'htpasswd' } },
          },
        ],
      },
    }),
    config('Authentication', 'cluster', { spec: { type: '' }, status: {} }),
    config('Image', 'cluster', {
      spec: {},
      status: {
        internalRegistryHostname: internalRegistry,
        externalRegistryHostnames: [routeHost],
      },
    }),
    config('ClusterVersion', 'version', clusterVersion(now)),
    config('ClusterOperator', 'image-registry', clusterOperator(now)),
  ];
}

function config(kind: string, name: string, content: object): KubeObject {
  return { apiVersion: 'config.openshift.io/v1', kind, metadata: { name }, ...content };
}

function clusterVersion(now: string): object {
  const capabilities = ['Build', 'Console', 'ImageRegistry', 'Ingress', 'OperatorLifecycleManager'];
  const image = `quay.io/openshift-release-dev/ocp-release:${openshiftVersion}-x86_64`;
  return {
    spec: { clusterID: randomUUID(), channel: 'stable-4.21' },
    status: {
      desired: { version: openshiftVersion, image },
      history: [
        {
          state: 'Completed',
          startedTime: now,
          completionTime: now,
          version: openshiftVersion,
          image,
          verified: true,
        },
      ],
      availableUpdates: null,
      capabilities: { enabledCapabilities: capabilities, knownCapabilities: capabilities },
      conditions: [
        condition('Available', 'True', 'AsExpected', `Done applying ${openshiftVersion}`, now),
      ],
    },
  };
}

function clusterOperator(now: string): object {
  const operator = 'imageregistry.operator.openshift.io';
  return {
    spec: {},
    status: {
      conditions: [
        condition('Available', 'True', 'Ready', 'Available: The registry is ready', now),
        condition('Progressing', 'False', 'Ready', 'Progressing: The registry is ready', now),
        condition('Degraded', 'False', 'AsExpected', '', now),
        condition('Upgradeable', 'True', 'AsExpected', '', now),
      ],
      versions: [{ name: 'operator', version: openshiftVersion }],
      relatedObjects: [
        { group: operator, resource: 'configs', name: 'cluster' },
        { group: operator, resource: 'imagepruners', name: 'cluster' },
        { group: 'rbac.authorization.k8s.io', resource: 'clusterroles', name: 'system:registry' },
        {
          group: 'rbac.authorization.k8s.io',
          resource: 'clusterrolebindings',
          name: 'registry-registry-role',
        },
        { group: '', resource: 'namespaces', name: 'openshift-image-registry' },
      ],
    },
  };
}

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
}

/** A condition as every operator writes it; `now` as RFC 3339. */
export function condition(
  type: string,
  status: Condition['status'],
  reason: string,
  ...[message, now]: [message: string, now: string]
): Condition {
  return { type, status, reason, message, lastTransitionTime: now };
}
