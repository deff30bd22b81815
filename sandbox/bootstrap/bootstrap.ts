import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { ClusterClient } from '../api/cluster-client.ts';
import { firstLogin } from '../api/first-login.ts';
import type { KubeObject } from '../api/kube-object.ts';
import type { LaunchContext } from '../launch/context.ts';
import { until } from '../wait.ts';
import { aggregateRoles } from './aggregate-roles.ts';
import { aggregatedGroups, apiServices } from './api-services.ts';
import { clusterRoles } from './cluster-roles.ts';
import { configObjects } from './config-objects.ts';
import { customResourceDefinitions } from './crds.ts';
import { namespaceDefaults, namespaces } from './namespaces.ts';
import { registryOperator } from './registry-operator.ts';
import {
  authorities,
  operatorPod,
  operatorWorkload,
  registryNode,
  registryPod,
  registryWorkload,
  route,
} from './registry-workload.ts';
import { roleBindings } from './role-bindings.ts';
import {
  groups,
  htpasswd,
  usersWithLogin,
  oauthClients,
  providerName,
  serviceAccounts,
} from './users.ts';

/**
 * Creates in an empty Kubernetes API the objects of an OpenShift cluster that concern its registry.
 * Existing objects stay unchanged, except those that depend on this start: ports, replicas, the node and
 * its pods.
 */
export async function bootstrap(
  client: ClusterClient,
  context: LaunchContext,
  signal: AbortSignal,
): Promise<void> {
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const replicas = context.pods.length;
  const [clusterCa, serviceCa, ingressCa] = [
    context.pki.clusterCa,
    context.pki.serviceCa,
    context.pki.ingressCa,
  ].map((file) => readFileSync(file, 'utf8'));

  await ensureAll(client, [...namespaces(), ...customResourceDefinitions()]);
  await Promise.all([
    replaceAll(client, apiServices(context.ports.openshift, clusterCa ?? '')),
    ensureAll(client, [...clusterRoles(), ...roleBindings()]).then(() => aggregateRoles(client)),
    ensureAll(client, namespaceDefaults(serviceCa ?? '')),
    ensureAll(client, [
      ...authorities(serviceCa ?? '', ingressCa ?? ''),
      htpasswd(),
      ...serviceAccounts(),
    ]),
    ensureAll(client, registryWorkload(replicas)).then(() => scaleDeployment(client, replicas)),
    ensureAll(client, operatorWorkload()).then(() => reportWorkload(client, now)),
    recreatePods(client, context.pods),
  ]);
  await waitForDefinitions(client, signal);
  await ensureAll(client, [...configObjects(now), ...registryOperator(replicas, now), route(now)]);
  const operator = '/apis/imageregistry.operator.openshift.io/v1/configs/cluster';
  await client.send('PATCH', operator, { spec: { replicas }, status: { readyReplicas: replicas } });
  await waitForApiServices(client, signal);
  await ensureAll(client, [...oauthClients(), ...groups()]);
  for (const user of usersWithLogin()) await ensureFirstLogin(client, user);
}

// A user who was deleted on a kept sandbox stays deleted: only the first start creates users.
async function ensureFirstLogin(client: ClusterClient, user: string): Promise<void> {
  const marker: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `made-user-${user}`, namespace: 'openshift-sandbox' },
  };
  if ((await client.get(await client.pathOf(marker))) !== undefined) return;
  await firstLogin(client, { name: providerName }, user);
  await client.ensure(marker);
}

async function ensureAll(client: ClusterClient, objects: readonly KubeObject[]): Promise<void> {
  await Promise.all(objects.map((object) => client.ensure(object)));
}

async function replaceAll(client: ClusterClient, objects: readonly KubeObject[]): Promise<void> {
  await Promise.all(objects.map((object) => client.replace(object)));
}

// No controllers run here, so the status is written directly.
async function scaleDeployment(client: ClusterClient, replicas: number): Promise<void> {
  const path = `${apps}/deployments/image-registry`;
  await client.send('PATCH', path, { spec: { replicas } });
  await reportDeployment(client, path, replicas);
}

async function reportWorkload(client: ClusterClient, now: string): Promise<void> {
  await reportDeployment(client, `${apps}/deployments/cluster-image-registry-operator`, 1);
  const scheduled = {
    currentNumberScheduled: 1,
    desiredNumberScheduled: 1,
    numberAvailable: 1,
    numberMisscheduled: 0,
    numberReady: 1,
    updatedNumberScheduled: 1,
  };
  await client.send('PATCH', `${apps}/daemonsets/node-ca/status`, { status: scheduled });
  const cron = '/apis/batch/v1/namespaces/openshift-image-registry/cronjobs/image-pruner/status';
  await client.send('PATCH', cron, {
    status: { lastScheduleTime: now, lastSuccessfulTime: now },
  });
}

async function reportDeployment(
  client: ClusterClient,
  path: string,
  replicas: number,
): Promise<void> {
  const counts = {
    replicas,
    readyReplicas: replicas,
    availableReplicas: replicas,
    updatedReplicas: replicas,
  };
  const conditions = ['Available', 'Progressing'].map((type) => ({
    type,
    status: 'True',
    reason: type === 'Available' ? 'MinimumReplicasAvailable' : 'NewReplicaSetAvailable',
  }));
  await client.send('PATCH', `${path}/status`, { status: { ...counts, conditions } });
}

const apps = '/apis/apps/v1/namespaces/openshift-image-registry';

// The node is created again, because kwok writes its port only into a node that is new to it. So are the
// pods, because there may be fewer replicas.
async function recreatePods(client: ClusterClient, pods: readonly string[]): Promise<void> {
  const path = '/api/v1/namespaces/openshift-image-registry/pods';
  const now = { gracePeriodSeconds: 0 };
  const left = podList.parse((await client.send('GET', path)).body).items;
  await Promise.all(
    left.map(({ metadata }) => client.send('DELETE', `${path}/${metadata.name}`, now)),
  );
  const node = registryNode();
  await client.send('DELETE', await client.pathOf(node), now);
  await client.ensure(node);
  await ensureAll(client, [...pods.map(registryPod), operatorPod()]);
}

async function waitForDefinitions(client: ClusterClient, signal: AbortSignal): Promise<void> {
  const kinds = [
    'config.openshift.io/OAuth',
    'imageregistry.operator.openshift.io/Config',
    'route.openshift.io/Route',
  ];
  for (const each of kinds) {
    const [group = '', kind = ''] = each.split('/');
    const object = { apiVersion: `${group}/v1`, kind, metadata: { name: 'cluster' } };
    const check = async (): Promise<true> => {
      const path = await client.pathOf(object);
      await client.get(path);
      return true;
    };
    await until({ what: `the cluster to serve ${each}`, check, deadlineMs: 30_000, signal });
  }
}

async function waitForApiServices(client: ClusterClient, signal: AbortSignal): Promise<void> {
  for (const group of aggregatedGroups) {
    const check = async (): Promise<true | undefined> => {
      const found = await client.get(`/apis/apiregistration.k8s.io/v1/apiservices/v1.${group}`);
      const conditions = apiServiceStatus.parse(found).status?.conditions ?? [];
      const available = conditions.find(({ type }) => type === 'Available');
      if (available?.status === 'True') return true;
      throw new Error(available?.message ?? 'not checked yet');
    };
    await until({
      what: `APIService v1.${group} to be Available`,
      check,
      deadlineMs: 60_000,
      signal,
    });
  }
}

const podList = z.object({
  items: z.array(z.object({ metadata: z.object({ name: z.string() }) })),
});
const apiServiceStatus = z.object({
  status: z
    .object({
      conditions: z
        .array(z.object({ type: z.string(), status: z.string(), message: z.string().optional() }))
        .optional(),
    })
    .optional(),
});
