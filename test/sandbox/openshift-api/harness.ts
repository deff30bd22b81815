import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { aggregatorName, ensurePki, webhookName } from '../../../sandbox/folder/pki.ts';
import type { KeyPair, Pki } from '../../../sandbox/folder/pki.ts';
import { until } from '../../../sandbox/wait.ts';
import { createKubeClient } from './kube-client.ts';
import type { KubeClient } from './kube-client.ts';

const READY_WITHIN_MS = 60_000;
const ADMIN_TOKEN = 'administrator-of-this-test-only';
const SCOPED = "has(request.extra) && 'scopes.authorization.openshift.io' in request.extra";
const GROUPS = ['user.openshift.io', 'oauth.openshift.io', 'image.openshift.io'];
const MAIN = fileURLToPath(new URL('../../../sandbox/openshift-api/main.ts', import.meta.url));

/** etcd, kube-apiserver and the stand-in behind it, for one test file. */
export interface TestCluster {
  readonly admin: KubeClient;
  readonly server: string;
  readonly standIn: string;
  readonly etcd: string;
  readonly ca: string;
  readonly kubeconfig: string;
  readonly ledger: string;
  readonly log: string;
  readonly pki: Pki;
  as(token: string): KubeClient;
  /** Stops the stand-in as an administrator would, starts it again, and returns the first one's exit code. */
  restartStandIn(): Promise<number | null>;
  stop(): Promise<void>;
}

/** Starts everything on free ports of the loopback; ready when the API services are available and a token was reviewed. */
export async function startTestCluster(): Promise<TestCluster> {
  const folder = mkdtempSync(path.join(tmpdir(), 'purser-openshift-api-'));
  const running = new Map<string, ChildProcess>();
  // A test file that fails while it loads never comes to stop().
  process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));
  const stop = async (): Promise<void> => {
    for (const name of ['kube-apiserver', 'openshift-api', 'etcd']) {
      await end(running.get(name));
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { ...(await bringUp(folder, running)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function bringUp(folder: string, running: Map<string, ChildProcess>) {
  const ports = await freePorts(4);
  const pki = await ensurePki(path.join(folder, 'pki'));
  const [etcdPort = 0, peerPort = 0, clusterPort = 0, standInPort = 0] = ports;
  const file = (name: string, content: unknown): string => {
    const target = path.join(folder, name);
    writeFileSync(target, typeof content === 'string' ? content : JSON.stringify(content));
    return target;
  };
  const start = (name: string, command: string, args: readonly string[]): void => {
    const log = openSync(path.join(folder, `${name}.log`), 'a');
    running.set(name, spawn(command, args, { stdio: ['ignore', log, log] }));
  };
  const etcd = `http://127.0.0.1:${etcdPort}`;
  const server = `https://127.0.0.1:${clusterPort}`;
  const standIn = `https://127.0.0.1:${standInPort}`;
  const ledger = path.join(folder, 'tokens');
  const config = file('openshift-api.json', {
    listen: { host: '127.0.0.1', port: standInPort },
    tls: { ...pki.openshift, clientCaFile: pki.clusterCa },
    aggregatorNames: [aggregatorName],
    webhookNames: [webhookName],
    etcd: { url: etcd },
    etcdPrefix: '/openshift',
    cluster: { server, caFile: pki.clusterCa, tokenFile: file('admin-token', ADMIN_TOKEN) },
    internalRegistry: 'image-registry.openshift-image-registry.svc:5000',
    tokenLedger: ledger,
    logLevel: 'debug',
  });
  const startStandIn = (): void => start('openshift-api', process.execPath, [MAIN, config]);

  startEtcd(start, folder, { etcd, peer: `http://127.0.0.1:${peerPort}` });
  startStandIn();
  const webhook = (route: string): string =>
    file(
      `${route}.json`,
      kubeconfigOf({ server: `${standIn}/${route}`, pki, client: pki.webhook }),
    );
  start('kube-apiserver', program('kube-apiserver', 'PURSER_KUBE_APISERVER'), [
    ...clusterFlags({ folder, etcd, port: clusterPort, pki }),
    `--token-auth-file=${file('tokens.csv', `${ADMIN_TOKEN},admin,admin,system:masters\n`)}`,
    `--authentication-token-webhook-config-file=${webhook('authenticate')}`,
    `--authorization-config=${file('authorization.json', authorization(webhook('authorize')))}`,
  ]);

  const ca = readFileSync(pki.clusterCa, 'utf8');
  const as = (token: string): KubeClient => createKubeClient({ server, ca, token });
  const admin = as(ADMIN_TOKEN);
  await becomeReady(admin, { ca, port: standInPort });
  return {
    admin,
    server,
    standIn,
    etcd,
    ca,
    ledger,
    pki,
    as,
    log: path.join(folder, 'openshift-api.log'),
    kubeconfig: file('kubeconfig.json', kubeconfigOf({ server, pki, token: ADMIN_TOKEN })),
    async restartStandIn(): Promise<number | null> {
      const child = running.get('openshift-api');
      await end(child);
      startStandIn();
      await answers('the restarted stand-in', async () => await served(admin));
      return child?.exitCode ?? null;
    },
  };
}

type Start = (name: string, command: string, args: readonly string[]) => void;

function startEtcd(start: Start, folder: string, { etcd, peer }: { etcd: string; peer: string }) {
  start('etcd', program('etcd', 'PURSER_ETCD'), [
    `--data-dir=${path.join(folder, 'etcd')}`,
    `--listen-client-urls=${etcd}`,
    `--advertise-client-urls=${etcd}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--unsafe-no-fsync',
    '--log-level=error',
  ]);
}

/** As sandbox/launch/kube-apiserver.ts starts it. */
function clusterFlags(parts: { folder: string; etcd: string; port: number; pki: Pki }): string[] {
  const { folder, etcd, port, pki } = parts;
  return [
    `--etcd-servers=${etcd}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${path.join(folder, 'kube-apiserver')}`,
    `--tls-cert-file=${pki.apiServer.certFile}`,
    `--tls-private-key-file=${pki.apiServer.keyFile}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--endpoint-reconciler-type=none',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${pki.serviceAccountKey}`,
    `--service-account-signing-key-file=${pki.serviceAccountKey}`,
    '--authentication-token-webhook-version=v1',
    `--requestheader-client-ca-file=${pki.clusterCa}`,
    `--requestheader-allowed-names=${aggregatorName}`,
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--proxy-client-cert-file=${pki.aggregator.certFile}`,
    `--proxy-client-key-file=${pki.aggregator.keyFile}`,
    '--disable-admission-plugins=ServiceAccount',
  ];
}

function authorization(kubeConfigFile: string): object {
  return {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AuthorizationConfiguration',
    authorizers: [
      {
        type: 'Webhook',
        name: 'scopes',
        webhook: {
          timeout: '5s',
          subjectAccessReviewVersion: 'v1',
          matchConditionSubjectAccessReviewVersion: 'v1',
          failurePolicy: 'Deny',
          authorizedTTL: '1s',
          unauthorizedTTL: '1s',
          cacheAuthorizedRequests: false,
          cacheUnauthorizedRequests: false,
          connectionInfo: { type: 'KubeConfigFile', kubeConfigFile },
          matchConditions: [{ expression: SCOPED }],
        },
      },
      { type: 'RBAC', name: 'rbac' },
    ],
  };
}

function kubeconfigOf(
  parts: { server: string; pki: Pki } & ({ token: string } | { client: KeyPair }),
): object {
  const { server, pki } = parts;
  const user =
    'token' in parts
      ? { token: parts.token }
      : { 'client-certificate': parts.client.certFile, 'client-key': parts.client.keyFile };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority': pki.clusterCa } }],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  };
}

async function becomeReady(admin: KubeClient, { ca, port }: { ca: string; port: number }) {
  await answers('kube-apiserver', async () => (await admin.get('/readyz')).code === 200);
  await admin.create('/api/v1/namespaces', { metadata: { name: 'openshift-sandbox' } });
  await admin.create('/api/v1/namespaces/openshift-sandbox/services', {
    metadata: { name: 'openshift-api' },
    spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] },
  });
  for (const group of GROUPS) {
    await admin.create('/apis/apiregistration.k8s.io/v1/apiservices', {
      metadata: { name: `v1.${group}` },
      spec: {
        group,
        version: 'v1',
        service: { namespace: 'openshift-sandbox', name: 'openshift-api', port },
        caBundle: Buffer.from(ca).toString('base64'),
        groupPriorityMinimum: 9900,
        versionPriority: 15,
      },
    });
  }
  await answers('the API services', async () => await served(admin));
}

async function served(admin: KubeClient): Promise<boolean> {
  const codes = await Promise.all(
    [
      'user.openshift.io/v1/users',
      'oauth.openshift.io/v1/oauthclients',
      'image.openshift.io/v1/images',
    ].map(async (one) => (await admin.get(`/apis/${one}`)).code),
  );
  return codes.every((code) => code === 200);
}

/** Polls until it is so, with a deadline; a refused connection is not yet so. */
export async function answers(what: string, check: () => Promise<boolean>): Promise<void> {
  await until({
    what,
    check: async () => ((await check()) ? true : undefined),
    deadlineMs: READY_WITHIN_MS,
    signal: new AbortController().signal,
  });
}

/** The program's path from its variable; else its name, which spawn looks for on the PATH. */
function program(name: string, variable: string): string {
  return process.env[variable] ?? name;
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await exited;
  clearTimeout(late);
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map(async (server) => await once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(
    servers.map(async (server) => await new Promise((resolve) => server.close(resolve))),
  );
  return ports;
}
