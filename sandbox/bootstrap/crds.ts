import type { KubeObject } from '../api/kube-object.ts';

/**
 * OpenShift's kinds that custom resources can replace. No status subresource: no controller runs here, so
 * a test that acts as an operator writes the status like any other field.
 */
export function customResourceDefinitions(): readonly KubeObject[] {
  return kinds.map(([group, plural, kind, scope = 'Cluster', ...shortNames]) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List`, shortNames },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  }));
}

const schema = {
  openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
};

const kinds: readonly (readonly [
  group: string,
  plural: string,
  kind: string,
  scope?: 'Cluster' | 'Namespaced',
  ...shortNames: string[],
])[] = [
  ['config.openshift.io', 'oauths', 'OAuth'],
  ['config.openshift.io', 'authentications', 'Authentication'],
  ['config.openshift.io', 'images', 'Image'],
  ['config.openshift.io', 'clusterversions', 'ClusterVersion'],
  ['config.openshift.io', 'clusteroperators', 'ClusterOperator', 'Cluster', 'co'],
  ['imageregistry.operator.openshift.io', 'configs', 'Config'],
  ['imageregistry.operator.openshift.io', 'imagepruners', 'ImagePruner'],
  ['route.openshift.io', 'routes', 'Route', 'Namespaced'],
];
