import type { KubeObject } from '../api/kube-object.ts';

/** OpenShift's default bindings (openshift-facts.md 3.2, 2.1). */
export function roleBindings(): readonly KubeObject[] {
  return [
    ...clusterBindings.map(([name, role, subject]) => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [subject],
    })),
    ...sharedResources,
  ];
}

function group(name: string): object {
  return {
    apiGroup: 'rbac.authorization.k8s.io',
    kind: 'Group',
    name,
  };
}
function account(namespace: string, name: string): object {
  return {
    kind: 'ServiceAccount',
    namespace,
    name,
  };
}

const clusterBindings: readonly (readonly [name: string, role: string, subject: object])[] = [
  ['basic-users', 'basic-user', group('system:authenticated')],
  ['self-access-reviewers', 'self-access-reviewer', group('system:authenticated')],
  ['cluster-status-binding', 'cluster-status', group('system:authenticated')],
  ['cluster-readers', 'cluster-reader', group('system:cluster-readers')],
  ['cluster-admins', 'cluster-admin', group('system:cluster-admins')],
  ['system:oauth-token-deleters', 'system:oauth-token-deleter', group('system:authenticated')],
  [
    'system:openshift:useroauthaccesstoken-manager',
    'system:openshift:useroauthaccesstoken-manager',
    group('system:authenticated:oauth'),
  ],
  ['registry-registry-role', 'system:registry', account('openshift-image-registry', 'registry')],
  ['registry-monitoring', 'registry-monitoring', account('openshift-monitoring', 'prometheus-k8s')],
];

// Every authenticated user may pull from `openshift` (openshift-facts.md 3.1).
const sharedResources: readonly KubeObject[] = [
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'shared-resource-viewer', namespace: 'openshift' },
    rules: [
      {
        apiGroups: ['', 'image.openshift.io'],
        resources: ['imagestreamimages', 'imagestreams', 'imagestreamtags', 'imagetags'],
        verbs: ['get', 'list', 'watch'],
      },
      { apiGroups: ['', 'image.openshift.io'], resources: ['imagestreams/layers'], verbs: ['get'] },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'shared-resource-viewers', namespace: 'openshift' },
    roleRef: {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'Role',
      name: 'shared-resource-viewer',
    },
    subjects: [group('system:authenticated')],
  },
];
