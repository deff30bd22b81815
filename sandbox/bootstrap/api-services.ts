import type { KubeObject } from '../api/kube-object.ts';

const namespace = 'openshift-sandbox';
const service = 'openshift-api';

/** The groups that the stand-in serves behind kube-apiserver; custom resources cannot have their names. */
export const aggregatedGroups = [
  'user.openshift.io',
  'oauth.openshift.io',
  'image.openshift.io',
] as const;

/**
 * Routes these groups to the stand-in. An ExternalName service needs no endpoints; no controller would
 * create them here.
 */
export function apiServices(port: number, clusterCa: string): readonly KubeObject[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: service, namespace },
      spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port, name: 'https' }] },
    },
    ...aggregatedGroups.map((group) => ({
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: `v1.${group}` },
      spec: {
        group,
        version: 'v1',
        groupPriorityMinimum: 9900,
        versionPriority: 15,
        caBundle: Buffer.from(clusterCa).toString('base64'),
        service: { name: service, namespace, port },
      },
    })),
  ];
}
