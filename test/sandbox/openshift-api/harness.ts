import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { apiServices } from '../../../sandbox/bootstrap/api-services.ts';
import { dataPaths } from '../../../sandbox/folder/paths.ts';
import { ensurePki } from '../../../sandbox/folder/pki.ts';
import type { Pki } from '../../../sandbox/folder/pki.ts';
import { choosePorts } from '../../../sandbox/folder/ports.ts';
import type { ProgramSpec } from '../../../sandbox/info.ts';
import { clusterServer } from '../../../sandbox/launch/context.ts';
import type { LaunchContext } from '../../../sandbox/launch/context.ts';
import { etcd, etcdUrl } from '../../../sandbox/launch/etcd.ts';
import { kubeApiserver } from '../../../sandbox/launch/kube-apiserver.ts';
import { kubeconfig } from '../../../sandbox/launch/kubeconfig.ts';
import { openshiftApi, openshiftApiConfig } from '../../../sandbox/launch/openshift-api.ts';
import { writeConfig } from '../../../sandbox/launch/write-config.ts';
import { until } from '../../../sandbox/wait.ts';
import { programs } from '../support/programs.ts';
import { createKubeClient } from './kube-client.ts';
import type { KubeClient } from './kube-client.ts';

const READY_WITHIN_MS = 60_000;
const ADMIN_TOKEN = 'administrator-of-this-test-only';

/** etcd, kube-apiserver and the stand-in behind it, for one test file, started as a sandbox starts them. */
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

/** Starts everything on free ports of the loopback; ready when the API services answer. */
export async function startTestCluster(): Promise<TestCluster> {
  const folder = mkdtempSync(path.join(tmpdir(), 'purser-openshift-api-'));
  const running = new Map<string, ChildProcess>();
  // A test file that fails while it loads never calls stop().
  process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));
  const stop = async (): Promise<void> => {
    for (const name of ['kube-apiserver', 'openshift-api', 'etcd']) {
      await end(running.get(name));
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { ...(await bringUp(await createContext(folder), running)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function createContext(folder: string): Promise<LaunchContext> {
  const paths = dataPaths(folder);
  for (const each of [paths.logs, paths.tokens]) mkdirSync(each);
  writeFileSync(paths.adminToken, ADMIN_TOKEN);
  writeFileSync(paths.staticTokens, `${ADMIN_TOKEN},admin,admin,system:masters\n`);
  return {
    paths,
    ports: await choosePorts({}, 0),
    pki: await ensurePki(paths.pki),
    programs,
    ephemeral: true,
    pods: [],
    tokenCacheTtl: undefined,
    searchAttributes: {},
  };
}

async function bringUp(context: LaunchContext, running: Map<string, ChildProcess>) {
  const { paths, ports, pki } = context;
  const start = ({ name, command, args }: ProgramSpec): void => {
    const log = openSync(paths.logOf(name), 'a');
    running.set(name, spawn(command, args, { stdio: ['ignore', log, log] }));
  };
  const startStandIn = (): void => {
    const config = openshiftApiConfig(context);
    start(openshiftApi(context, { ...config, externalRegistry: undefined, logLevel: 'debug' }));
  };
  start(etcd(context));
  startStandIn();
  start(kubeApiserver(context));

  const server = clusterServer(ports);
  const ca = readFileSync(pki.clusterCa, 'utf8');
  const as = (token: string): KubeClient => createKubeClient({ server, ca, token });
  const admin = as(ADMIN_TOKEN);
  await becomeReady(admin, { ca, port: ports.openshift });
  const access = { server, caFile: pki.clusterCa, token: ADMIN_TOKEN };
  return {
    admin,
    server,
    standIn: `https://127.0.0.1:${ports.openshift}`,
    etcd: etcdUrl(context),
    ca,
    ledger: paths.tokenLedger,
    pki,
    as,
    log: paths.logOf('openshift-api'),
    kubeconfig: writeConfig(paths.adminKubeconfig, kubeconfig(access)),
    async restartStandIn(): Promise<number | null> {
      const child = running.get('openshift-api');
      await end(child);
      startStandIn();
      await waitFor('the restarted stand-in', async () => await served(admin));
      return child?.exitCode ?? null;
    },
  };
}

async function becomeReady(admin: KubeClient, { ca, port }: { ca: string; port: number }) {
  await waitFor('kube-apiserver', async () => (await admin.get('/readyz')).code === 200);
  const namespaces = '/api/v1/namespaces';
  await admin.create(namespaces, { metadata: { name: 'openshift-sandbox' } });
  for (const object of apiServices(port, ca)) {
    const collection =
      object.kind === 'Service'
        ? `${namespaces}/openshift-sandbox/services`
        : '/apis/apiregistration.k8s.io/v1/apiservices';
    await admin.create(collection, object);
  }
  await waitFor('the API services', async () => await served(admin));
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

/** Polls until `check` holds, with a deadline; a refused connection counts as "not yet". */
export async function waitFor(what: string, check: () => Promise<boolean>): Promise<void> {
  await until({
    what,
    check: async () => ((await check()) ? true : undefined),
    deadlineMs: READY_WITHIN_MS,
    signal: new AbortController().signal,
  });
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
