import type { KubeObject } from '../api/kube-object.ts';
import {
  operatorName,
  operatorPodName,
  registryNamespace as namespace,
} from '../launch/context.ts';
import { openshiftVersion } from '../launch/registry-front.ts';
import { routeHost } from '../folder/pki.ts';

export const nodeName = 'sandbox-node';

/** The operator's objects in the registry's namespace (openshift-facts.md 5.1), without the pods. */
export function registryWorkload(replicas: number): readonly KubeObject[] {
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'image-registry', namespace, labels },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: podSpec },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'image-registry', namespace, labels },
      spec: { selector: labels, ports: [{ name: '5000-tcp', port: 5000, targetPort: 5000 }] },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'image-registry', namespace },
      spec: { minAvailable: replicas > 1 ? 1 : 0, selector: { matchLabels: labels } },
    },
  ];
}

/** The operator's other workloads, and the operator itself (openshift-facts.md 4.8, 5.1). */
export function operatorWorkload(): readonly KubeObject[] {
  const operator = { name: 'cluster-image-registry-operator' };
  const nodeCa = { name: 'node-ca' };
  const image = `quay.io/openshift-release-dev/operator:${openshiftVersion}`;
  const podOf = (name: string, rest: object = {}): object => ({
    ...rest,
    containers: [{ name, image }],
  });
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: operator.name, namespace },
      spec: {
        replicas: 1,
        selector: { matchLabels: operator },
        template: {
          metadata: { labels: operator },
          spec: podOf(operator.name, { serviceAccountName: operator.name }),
        },
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: nodeCa.name, namespace },
      spec: {
        selector: { matchLabels: nodeCa },
        template: {
          metadata: { labels: nodeCa },
          spec: podOf(nodeCa.name, { hostNetwork: true, serviceAccountName: nodeCa.name }),
        },
      },
    },
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'image-pruner', namespace },
      spec: {
        schedule: '0 0 * * *',
        concurrencyPolicy: 'Forbid',
        jobTemplate: {
          spec: {
            backoffLimit: 0,
            template: {
              spec: podOf('image-pruner', {
                serviceAccountName: 'pruner',
                restartPolicy: 'Never',
              }),
            },
          },
        },
      },
    },
  ];
}

export function route(now: string): KubeObject {
  return {
    apiVersion: 'route.openshift.io/v1',
    kind: 'Route',
    metadata: { name: 'default-route', namespace },
    spec: {
      to: { kind: 'Service', name: 'image-registry', weight: 100 },
      tls: { termination: 'reencrypt', insecureEdgeTerminationPolicy: 'Redirect' },
      wildcardPolicy: 'None',
    },
    // The default route has no spec.host: clients must read the host here (openshift-facts.md 4.10).
    status: {
      ingress: [
        {
          host: routeHost,
          routerName: 'default',
          routerCanonicalHostname: 'router-default.apps.sandbox.test',
          wildcardPolicy: 'None',
          conditions: [{ type: 'Admitted', status: 'True', lastTransitionTime: now }],
        },
      ],
    },
  };
}

/** The two authorities that a client of the registry may need (openshift-facts.md 5.1, 7). */
export function authorities(serviceCa: string, ingressCa: string): readonly KubeObject[] {
  const map = (name: string, space: string, data: Record<string, string>): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: space },
    data,
  });
  return [
    map('serviceca', namespace, { 'service-ca.crt': serviceCa }),
    map('image-registry-certificates', namespace, {
      'image-registry.openshift-image-registry.svc..5000': serviceCa,
      'image-registry.openshift-image-registry.svc.cluster.local..5000': serviceCa,
    }),
    map('default-ingress-cert', 'openshift-config-managed', { 'ca-bundle.crt': ingressCa }),
  ];
}

export function registryNode(): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: nodeName,
      labels: { 'kubernetes.io/hostname': nodeName, 'node-role.kubernetes.io/worker': '' },
    },
  };
}

/** A replica's pod, assigned to the node already: there is no scheduler. */
export function registryPod(name: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: { ...podSpec, nodeName },
  };
}

/** The operator's pod: it does nothing, and its log has a few lines. */
export function operatorPod(): KubeObject {
  const image = `quay.io/openshift-release-dev/cluster-image-registry-operator:${openshiftVersion}`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: operatorPodName, namespace, labels: { name: operatorName } },
    spec: { nodeName, containers: [{ name: operatorName, image }] },
  };
}

const labels = { 'docker-registry': 'default' };
const probe = { httpGet: { path: '/healthz', port: 5000, scheme: 'HTTPS' }, timeoutSeconds: 5 };
const podSpec = {
  serviceAccountName: 'registry',
  terminationGracePeriodSeconds: 55,
  containers: [
    {
      name: 'registry',
      image: `quay.io/openshift-release-dev/image-registry:${openshiftVersion}`,
      ports: [{ containerPort: 5000, protocol: 'TCP' }],
      livenessProbe: { ...probe, initialDelaySeconds: 5 },
      readinessProbe: { ...probe, initialDelaySeconds: 15 },
    },
  ],
};
