import { readFileSync } from 'node:fs';
import { bootstrap } from './bootstrap/bootstrap.ts';
import type { ClusterClient } from './api/cluster-client.ts';
import { createClusterClient } from './api/cluster-client.ts';
import type { Progress, ProgramSpec } from './info.ts';
import type { LaunchContext } from './launch/context.ts';
import { clusterServer, registryNamespace } from './launch/context.ts';
import { backendUrl, distribution } from './launch/distribution.ts';
import { etcd, etcdUrl } from './launch/etcd.ts';
import { kubeApiserver } from './launch/kube-apiserver.ts';
import { kubeconfig } from './launch/kubeconfig.ts';
import { kwok } from './launch/kwok.ts';
import { openshiftApi } from './launch/openshift-api.ts';
import { registryFronts, registryRouter } from './launch/registry-front.ts';
import { temporal } from './launch/temporal.ts';
import { writeConfig } from './launch/write-config.ts';
import type { ReadyOptions } from './launch/readiness.ts';
import { httpReady, podReady, portReady, tokenReviewReady } from './launch/readiness.ts';
import { temporalReady } from './launch/temporal-ready.ts';

export interface StartOptions {
  readonly context: LaunchContext;
  readonly start: (spec: ProgramSpec) => Promise<unknown>;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Starts all programs in order and returns when all of them answer. */
export async function startPrograms(up: StartOptions): Promise<void> {
  const { context, progress } = up;
  const { paths, pki, ports } = context;
  progress({ type: 'step', text: 'starting etcd, the cluster, the registry and Temporal' });
  const token = readFileSync(paths.adminToken, 'utf8');
  const admin = { server: clusterServer(ports), caFile: pki.clusterCa };
  writeConfig(paths.adminKubeconfig, kubeconfig({ ...admin, token }));

  await up.start(etcd(context));
  await httpReady(`${etcdUrl(context)}/health`, ready(up, 'etcd'));
  await Promise.all([startTemporal(up), startCluster(up, token)]);
}

async function startCluster(up: StartOptions, token: string): Promise<void> {
  const { context, signal, progress } = up;
  const { paths, pki, ports } = context;
  await Promise.all([startApiServer(up, token), startOpenshift(up), startBackend(up)]);
  progress({ type: 'step', text: "creating OpenShift's objects in the cluster" });
  const access = { server: clusterServer(ports), caFile: pki.clusterCa };
  const client = createClusterClient({ ...access, tokenFile: paths.adminToken, signal });
  try {
    await Promise.all([
      bootstrap(client, context, signal).then(() => startKwok(up, client)),
      startFronts(up),
      startRouter(up),
      tokenReviewReady(client, ready(up, 'openshift-api')),
    ]);
  } finally {
    await client.close();
  }
}

async function startApiServer(up: StartOptions, token: string): Promise<void> {
  const { context } = up;
  await up.start(kubeApiserver(context));
  const url = `${clusterServer(context.ports)}/readyz`;
  const caFile = context.pki.clusterCa;
  await httpReady(url, { ...ready(up, 'kube-apiserver'), caFile, token });
}

async function startOpenshift(up: StartOptions): Promise<void> {
  const { ports, pki } = up.context;
  await up.start(openshiftApi(up.context));
  const url = `https://127.0.0.1:${ports.openshift}/readyz`;
  await httpReady(url, { ...ready(up, 'openshift-api'), caFile: pki.clusterCa });
}

async function startBackend(up: StartOptions): Promise<void> {
  await up.start(distribution(up.context));
  await httpReady(`${backendUrl(up.context)}/v2/`, ready(up, 'registry'));
}

async function startTemporal(up: StartOptions): Promise<void> {
  const { context, signal } = up;
  await up.start(temporal(context));
  await temporalReady({
    address: `127.0.0.1:${context.ports.temporal}`,
    searchAttributes: Object.keys(context.searchAttributes),
    signal,
    logFile: context.paths.logOf('temporal'),
  });
}

async function startFronts(up: StartOptions): Promise<void> {
  const { ports, pki } = up.context;
  const specs = registryFronts(up.context);
  await Promise.all(
    specs.map(async (spec, index) => {
      await up.start(spec);
      const url = `https://127.0.0.1:${ports.fronts[index]}/healthz`;
      await httpReady(url, { ...ready(up, spec.name), caFile: pki.ingressCa });
    }),
  );
}

async function startRouter(up: StartOptions): Promise<void> {
  const { ports, pki } = up.context;
  await up.start(registryRouter(up.context));
  const url = `https://127.0.0.1:${ports.router}/healthz`;
  await httpReady(url, { ...ready(up, 'registry-router'), caFile: pki.ingressCa });
}

async function startKwok(up: StartOptions, client: ClusterClient): Promise<void> {
  const { ports, pods } = up.context;
  await up.start(kwok(up.context));
  await portReady(ports.kwok, ready(up, 'kwok'));
  for (const pod of pods) {
    const path = `/api/v1/namespaces/${registryNamespace}/pods/${pod}`;
    await podReady(client, path, { ...ready(up, 'kwok'), what: `pod ${pod} to be Ready` });
  }
}

function ready({ context, signal }: StartOptions, program: string): ReadyOptions {
  return { what: `${program} to be ready`, signal, logFile: context.paths.logOf(program) };
}
