import type { KubeObject } from '../api/kube-object.ts';

export const ownNamespace = 'purser';

/** OpenShift's namespaces that the sandbox needs, two teams', and Purser's. */
export function namespaces(): readonly KubeObject[] {
  return names.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
}

/**
 * The objects that OpenShift creates in every namespace: the service CA, and the rights of its service
 * accounts (facts 3.2, 5.1).
 */
export function namespaceDefaults(serviceCa: string): readonly KubeObject[] {
  return names.flatMap((namespace) => [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'openshift-service-ca.crt',
        namespace,
        annotations: { 'service.beta.openshift.io/inject-cabundle': 'true' },
      },
      data: { 'service-ca.crt': serviceCa },
    },
    binding(namespace, 'system:image-pullers', 'system:image-puller', {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'Group',
      name: `system:serviceaccounts:${namespace}`,
    }),
    binding(namespace, 'system:image-builders', 'system:image-builder', {
      kind: 'ServiceAccount',
      name: 'builder',
      namespace,
    }),
  ]);
}

function binding(namespace: string, name: string, role: string, subject: object): KubeObject {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name, namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [subject],
  };
}

const names = [
  'openshift',
  'openshift-authentication',
  'openshift-config',
  'openshift-config-managed',
  'openshift-image-registry',
  'openshift-monitoring',
  'openshift-sandbox',
  'team-a',
  'team-b',
  ownNamespace,
];
